"""The CRF against every path, and against pytorch-crf."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torchcrf import CRF

from bner.model.kernels import crf
from bner.model.network import CRFDecoder
from bner.model.sequences import mask
from bner.model.softmax import SoftmaxDecoder


def case(labels: int, lengths: list[int], seed: int = 0, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Emissions with noise beyond the sentences' ends, transitions, lengths."""
    torch.manual_seed(seed)
    emissions = scale * torch.randn(len(lengths), max(lengths), labels, dtype=torch.float64)
    for row, length in enumerate(lengths):
        emissions[row, length:] = 1e3
    return emissions, torch.randn(labels, labels, dtype=torch.float64), torch.tensor(lengths)


def every_path(emissions: Tensor, transitions: Tensor) -> tuple[Tensor, Tensor]:
    """All label paths of one sentence (paths, T) and the score of each."""
    steps, labels = emissions.shape
    paths = torch.tensor(list(itertools.product(range(labels), repeat=steps)))
    scores = sum(emissions[t, paths[:, t]] for t in range(steps))
    for t in range(1, steps):
        scores = scores + transitions[paths[:, t - 1], paths[:, t]]
    assert isinstance(scores, Tensor)
    return paths, scores


@pytest.mark.parametrize(("labels", "lengths"), [(5, [1, 6, 3, 4]), (21, [3, 1, 2])])
@pytest.mark.parametrize("seed", range(3))
def test_against_every_path(labels: int, lengths: list[int], seed: int) -> None:
    emissions, transitions, sizes = case(labels, lengths, seed)
    emissions.requires_grad_()
    transitions.requires_grad_()
    log_z = crf.log_partition(emissions, transitions, sizes)
    weights = torch.rand(len(lengths), dtype=torch.float64)
    gradients = torch.autograd.grad((log_z * weights).sum(), (emissions, transitions))
    best = crf.viterbi(emissions, transitions, sizes)
    marginals = crf.marginals(emissions, transitions, sizes)

    expected = []
    for row, length in enumerate(lengths):
        paths, scores = every_path(emissions[row, :length], transitions)
        expected.append(scores.logsumexp(0))
        assert best[row, :length].tolist() == paths[scores.argmax()].tolist()
        assert (best[row, length:] == 0).all()
        probabilities = scores.softmax(0).detach()
        by_hand = torch.nn.functional.one_hot(paths, labels).mul(probabilities[:, None, None]).sum(0)
        torch.testing.assert_close(marginals[row, :length], by_hand)
        assert (marginals[row, length:] == 0).all()
        score = crf.path_score(
            emissions[row : row + 1], transitions, sizes[row : row + 1], _padded(paths[-1], emissions)
        )
        torch.testing.assert_close(score[0], scores[-1])
    reference = torch.stack(expected)
    torch.testing.assert_close(log_z, reference)
    by_autograd = torch.autograd.grad((reference * weights).sum(), (emissions, transitions))
    for ours, theirs in zip(gradients, by_autograd, strict=True):
        torch.testing.assert_close(ours, theirs)


def _padded(path: Tensor, emissions: Tensor) -> Tensor:
    return torch.nn.functional.pad(path, (0, emissions.shape[1] - len(path)))[None]


@pytest.mark.parametrize("labels", [5, 21])
def test_against_pytorch_crf(labels: int) -> None:
    torch.manual_seed(3)
    lengths = torch.tensor([40, 12, 33, 1, 27])
    emissions = torch.randn(5, 40, labels, requires_grad=True)
    gold = torch.randint(labels, (5, 40)) * mask(lengths, 40)
    ours = CRFDecoder(labels)
    theirs = CRF(labels, batch_first=True)
    with torch.no_grad():
        theirs.transitions.copy_(ours.transitions)
        theirs.start_transitions.zero_()
        theirs.end_transitions.zero_()
    inside = mask(lengths, 40)
    loss = ours.loss(emissions, gold, lengths)
    reference = -theirs(emissions, gold, mask=inside, reduction="none")
    torch.testing.assert_close(loss, reference, rtol=1e-5, atol=1e-4)
    (one,) = torch.autograd.grad(loss.sum(), emissions, retain_graph=True)
    (other,) = torch.autograd.grad(reference.sum(), emissions, retain_graph=True)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    (one,) = torch.autograd.grad(loss.sum(), ours.transitions)
    (other,) = torch.autograd.grad(reference.sum(), theirs.transitions)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    paths = ours.decode(emissions, lengths)
    for row, path in enumerate(theirs.decode(emissions, mask=inside)):
        assert paths[row, : len(path)].tolist() == path


@pytest.mark.parametrize("scale", [30.0, 300.0])
def test_large_scores_stay_in_range_in_32_bits(scale: float) -> None:
    emissions, transitions, lengths = case(5, [60, 31, 2], scale=scale)
    single = emissions.float().requires_grad_()
    log_z = crf.log_partition(single, transitions.float(), lengths)
    torch.testing.assert_close(log_z.double(), crf.log_partition(emissions, transitions, lengths), rtol=1e-5, atol=1e-2)
    (gradient,) = torch.autograd.grad(log_z.sum(), single)
    torch.testing.assert_close(gradient.sum(2), mask(lengths, 60).float(), rtol=1e-2, atol=1e-2)


def test_a_transition_that_is_as_good_as_forbidden() -> None:
    emissions, transitions, lengths = case(5, [12, 7])
    transitions[1, 2] = transitions[3, 3] = -1e4
    emissions[0, 3, 1] = emissions[0, 4, 2] = 9
    paths = crf.viterbi(emissions.float(), transitions.float(), lengths)
    pairs = set(zip(paths[0, :-1].tolist(), paths[0, 1:].tolist(), strict=True))
    assert (1, 2) not in pairs
    single = crf.log_partition(emissions.float(), transitions.float(), lengths)
    torch.testing.assert_close(
        single.double(), crf.log_partition(emissions, transitions, lengths), rtol=1e-5, atol=1e-4
    )


def test_softmax_is_each_token_by_itself() -> None:
    emissions, _, lengths = case(5, [4, 2])
    gold = torch.randint(5, (2, 4)) * mask(lengths, 4)
    decoder = SoftmaxDecoder()
    loss = decoder.loss(emissions, gold, lengths)
    for row, length in enumerate((4, 2)):
        log_p = emissions[row, :length].float().log_softmax(1)
        torch.testing.assert_close(loss[row], -log_p.gather(1, gold[row, :length, None]).sum())
        assert decoder.decode(emissions, lengths)[row, :length].tolist() == log_p.argmax(1).tolist()
    marginals = decoder.marginals(emissions, lengths)
    torch.testing.assert_close(marginals.sum(2), mask(lengths, 4).float())
