"""The constrained CRF against every legal path."""

from __future__ import annotations

import pytest
import torch

from bner.corpora.bies import LabelSet
from bner.errors import SettingError
from bner.model.legal import LegalLabels
from bner.model.network import CRFConfig, CRFDecoder
from tests.model.test_crf import case, every_path


def is_legal(labels: LabelSet, path: list[int]) -> bool:
    """A legal sequence is one that comes back from its mentions."""
    return labels.encode(len(path), labels.decode(path)) == path


@pytest.mark.parametrize(("types", "lengths"), [(("A",), [1, 5, 2, 4]), (("A", "B"), [3, 1, 2])])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_against_every_legal_path(types: tuple[str, ...], lengths: list[int], seed: int, dtype: torch.dtype) -> None:
    labels = LabelSet(types)
    emissions, transitions, sizes = case(len(labels), lengths, seed, scale=3)
    emissions = emissions.to(dtype).requires_grad_()
    decoder = CRFDecoder(len(labels), constrained=True, constrained_training=True)
    decoder.constrain(LegalLabels(*labels.legal()))
    with torch.no_grad():
        decoder.transitions.copy_(transitions)
    gold, expected, illegal_before = torch.zeros(emissions.shape[:2]).long(), [], 0
    paths, marginals = decoder.decode(emissions, sizes), decoder.marginals(emissions, sizes)
    free = CRFDecoder(len(labels))
    free.transitions = decoder.transitions
    for row, length in enumerate(lengths):
        every, scores = every_path(emissions[row, :length].double(), transitions)
        legal = torch.tensor([is_legal(labels, path) for path in every.tolist()])
        every, scores = every[legal], scores[legal]
        assert paths[row, :length].tolist() == every[scores.argmax()].tolist()
        by_hand = torch.nn.functional.one_hot(every, len(labels)).mul(scores.softmax(0)[:, None, None]).sum(0)
        torch.testing.assert_close(marginals[row, :length].double(), by_hand.detach(), rtol=1e-4, atol=1e-5)
        gold[row, :length] = every[seed * 7 % len(every)]
        expected.append(scores.logsumexp(0) - scores[seed * 7 % len(every)])
        illegal_before += not is_legal(labels, free.decode(emissions, sizes)[row, :length].tolist())
    loss = decoder.loss(emissions, gold, sizes)
    reference = torch.stack(expected)
    torch.testing.assert_close(loss.double(), reference, rtol=1e-4, atol=1e-4)
    (ours,), (theirs,) = (torch.autograd.grad(each.sum(), emissions) for each in (loss, reference))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert illegal_before or seed  # the constraint has something to do


def test_decoding_alone_leaves_the_loss_as_it_was() -> None:
    labels = LabelSet(("A",))
    emissions, _, sizes = case(len(labels), [4, 2])
    found = []
    for constrained in (True, False):
        torch.manual_seed(1)
        decoder = CRFConfig("crf", constrained=constrained).build(len(labels))
        decoder.constrain(LegalLabels(*labels.legal()))
        found.append(decoder.loss(emissions.float(), torch.zeros(2, 4).long(), sizes))
        assert "floors" not in "".join(decoder.state_dict())
    assert torch.equal(*found)


def test_an_illegal_gold_path_has_a_finite_loss() -> None:
    labels = LabelSet(("A",))
    emissions, _, sizes = case(len(labels), [3])
    decoder = CRFDecoder(len(labels), constrained=True, constrained_training=True)
    decoder.constrain(LegalLabels(*labels.legal()))
    assert decoder.loss(emissions, torch.tensor([[2, 2, 2]]), sizes).abs() < 100  # I I I


def test_what_cannot_be() -> None:
    with pytest.raises(SettingError, match="use True"):
        CRFConfig("crf", constrained_training=True)
    with pytest.raises(ValueError, match="needs to know what is legal"):
        CRFDecoder(5, constrained=True).decode(torch.zeros(1, 2, 5), torch.tensor([2]))
