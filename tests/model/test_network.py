"""The network against its equations, written out plainly for one sentence at a time."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from bner.errors import SettingError
from bner.model.batch import Batch
from bner.model.dropout import draw_mask
from bner.model.links import HighwayLink, ResidualLink
from bner.model.network import CharAttention, RecurrentEncoder, RecurrentEncoderConfig, Tagger
from bner.model.recurrent_layer import RecurrentLayer
from bner.model.word_features import of_tokens
from tests.model.networks import CHARACTERS, CHARS, LABELS, LENGTHS, make_batch, make_tagger, tagger_of
from tests.model.test_characters import plain_characters


def plain_states(
    inputs: list[Tensor], weight: Tensor, bias: Tensor, recurrent: Tensor, peepholes: Tensor | None, cell: str
) -> list[Tensor]:
    """One direction of one layer over one sentence."""
    size = len(recurrent)
    h = c = torch.zeros(size).double()
    states = []
    for x in inputs:
        z = x @ weight + bias + h @ recurrent
        if cell == "lstm":
            o, i, f, g = z.split(size)
            to_o, to_i, to_f = torch.zeros(3, size).double() if peepholes is None else peepholes
            i, f = (i + to_i * c).sigmoid(), (f + to_f * c).sigmoid()
            c = f * c + i * g.tanh()
            h = (o + to_o * c).sigmoid() * c.tanh()
        else:
            h = z.tanh()
        states.append(h)
    return states


def plain_layer(layer: RecurrentLayer, tokens: list[list[Tensor]]) -> list[Tensor]:
    """One layer over the parts of each token of a sentence."""
    nothing = [torch.zeros_like(part) for part in tokens[0]]
    reach = layer.window
    padded = [nothing] * reach + tokens + [nothing] * reach
    outputs = []
    for direction in range(len(layer.bias)):
        # For each part of the window's tokens, its weights at each position of the sentence.
        inputs = [torch.cat([torch.cat([p[k] for p in padded[t : t + 2 * reach + 1]]) for k in range(len(nothing))])
                  for t in range(len(tokens))]  # fmt: skip
        weight = torch.cat([part[:, direction].transpose(0, 1).flatten(0, 1) for part in layer.inputs])
        if direction:  # the weights belong to positions in the sentence, in whichever direction it is read
            inputs = inputs[::-1]
        peepholes = None if layer.peepholes is None else layer.peepholes[direction]
        states = plain_states(
            inputs, weight, layer.bias[direction, 0], layer.recurrent[direction], peepholes, layer.cell
        )
        outputs.append(states[::-1] if direction else states)
    return [torch.cat(pair) for pair in zip(*outputs, strict=True)]


def plain_emissions(tagger: Tagger, batch: Batch, row: int) -> Tensor:
    """Emissions of one sentence, from the equations."""
    encoder = tagger.encoder
    assert isinstance(encoder, RecurrentEncoder)
    tokens = []
    for form in batch.index[row, : batch.lengths[row]].tolist():
        parts = [encoder.words.vectors[batch.words[form]]]
        if encoder.words.characters is not None:
            its = batch.characters[batch.character_forms == form].tolist()
            parts.append(plain_characters(encoder.words.characters, its, parts[0]))
        tokens.append(parts)
    states = plain_layer(encoder.first, tokens)
    for layer, link in zip(encoder.others, encoder.links, strict=True):
        outputs = plain_layer(layer, [[state] for state in states])
        if isinstance(link, ResidualLink):
            outputs = [state + output for state, output in zip(states, outputs, strict=True)]
        elif isinstance(link, HighwayLink):
            gates = [(link.gate.weight @ state + link.gate.bias).sigmoid() for state in states]
            outputs = [t * out + (1 - t) * x for t, out, x in zip(gates, outputs, states, strict=True)]
        states = outputs
    if encoder.features is not None:
        states = [torch.tanh(encoder.features(state)) for state in states]
    return torch.stack([tagger.output(state) for state in states])


VARIANTS: list[dict[str, Any]] = [
    *({"cell": cell, "bidirectional": both, "char": char, "layers": layers}
      for cell, both, char, layers in itertools.product(
          ["lstm", "rnn"], [True, False], ["attention", "attention_hidden", "none"], [1, 2])),
    *({"window": window, "char": char} for window in (0, 1, 3) for char in ("attention", "none")),
    *({"peepholes": True, "bidirectional": both, "layers": layers} for both in (True, False) for layers in (1, 2)),
    {"char": "cnn"}, {"char": "lstm"}, {"feature_size": None}, {"finetune": True},
    *({"layers": layers, "links": links} for layers in (2, 3) for links in ("residual", "highway")),
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_emissions_and_gradients(variant: dict[str, Any]) -> None:
    settings = {"feature_size": 6} | variant
    torch.manual_seed(5)
    char, finetune = settings.pop("char", "attention"), settings.pop("finetune", False)
    vectors = torch.randn(9, 7)
    tagger = tagger_of(vectors, CHARACTERS, LABELS, char, "crf", finetune, hidden_size=4, **settings).double()
    tagger.encoder.words.sparse = False
    batch = make_batch()
    emissions = tagger(batch)
    plain = [plain_emissions(tagger, batch, row) for row in range(3)]
    for row, length in enumerate(LENGTHS):
        torch.testing.assert_close(emissions[row, :length], plain[row])
    names, parameters = zip(*((n, p) for n, p in tagger.named_parameters() if n != "decoder.transitions"), strict=True)
    weights = torch.randn(3, 6, LABELS).double()
    inside = (batch.index < 6)[..., None]
    ours = torch.autograd.grad((emissions * weights * inside).sum(), parameters)
    total = sum((plain[row] * weights[row, :length]).sum() for row, length in enumerate(LENGTHS))
    assert isinstance(total, Tensor)
    theirs = torch.autograd.grad(total, parameters)
    for name, one, other in zip(names, ours, theirs, strict=True):
        torch.testing.assert_close(one, other, msg=lambda text, name=name: f"{name}: {text}")


def test_other_sentences_of_a_batch_change_nothing() -> None:
    tagger, batch = make_tagger(), make_batch()
    together = tagger(batch)
    alone = replace(batch, index=batch.index[2:, :4], labels=batch.labels[2:, :4], lengths=batch.lengths[2:])
    torch.testing.assert_close(tagger(alone)[0], together[2, :4])


def test_vectors_that_come_with_the_batch() -> None:
    tagger, batch = make_tagger(), make_batch()
    with_vectors = replace(
        batch, words=torch.zeros_like(batch.words), vectors=tagger.encoder.words.vectors[batch.words]
    )
    torch.testing.assert_close(tagger(with_vectors), tagger(batch), rtol=0, atol=0)


@pytest.mark.parametrize("variant", [{}, {"layers": 2}, {"bidirectional": False}, {"cell": "rnn"}, {"char": "none"},
                                     {"window": 0}, {"finetune": True}], ids=str)  # fmt: skip
@pytest.mark.parametrize("dropout", [{}, {"dropout": 0.3}, {"dropout": 0.3, "locked_dropout": True},
                                     {"dropout": 0.3, "input_dropout_by": "form"}], ids=str)  # fmt: skip
def test_the_librarys_kernels_give_the_same_loss_and_gradients(
    variant: dict[str, Any], dropout: dict[str, Any]
) -> None:
    # The kernels of a GPU's path, run on the CPU: the same code with the same masks.
    found = []
    for library in (False, True):
        tagger = make_tagger(**variant, **dropout, dtype=torch.float32)
        tagger.encoder.words.sparse = False
        layers = [tagger.encoder.first, *tagger.encoder.others]
        for layer in layers:
            layer.use_library = library
        torch.manual_seed(2)
        loss = tagger.loss(make_batch(), make_batch().labels).sum()
        loss.backward()
        found.append([loss, *(parameter.grad for parameter in tagger.parameters())])
        assert (tagger.encoder.new_cache(4) is None) == library
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_dropout_by_word_form() -> None:
    tagger = make_tagger(dropout=0.5, input_dropout_by="form", state_dropout=0.0, output_dropout=0.0)
    encoder, batch = tagger.encoder, make_batch()
    torch.manual_seed(1)
    emissions = tagger(batch)
    torch.manual_seed(1)
    parts = encoder._forms(batch)
    for part, whole in zip(parts, encoder.words(batch), strict=True):
        kept = part != 0
        torch.testing.assert_close(part[kept], 2 * whole[kept])
        assert not torch.equal(kept[1], kept[2])  # each form has a mask
    given = of_tokens(parts, batch.index)
    states = torch.tanh(encoder.features(encoder.first(given, batch.lengths)))
    inside = batch.index < 6
    torch.testing.assert_close(emissions[inside], tagger.output(states)[inside])
    tagger.eval()
    torch.testing.assert_close(tagger(batch)[inside], make_tagger()(batch)[inside])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("dropout", [{}, {"dropout": 0.3}, {"dropout": 0.3, "locked_dropout": True}], ids=str)
def test_a_gpu_gives_the_same_loss(dropout: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    # Masks are drawn by the CPU's generator, so that both devices get the same ones.
    cpu = torch.device("cpu")
    monkeypatch.setattr(
        "bner.model.dropout.draw_mask", lambda shape, rate, device: draw_mask(shape, rate, cpu).to(device)
    )
    found = []
    for device in ("cpu", "cuda"):
        tagger = make_tagger(layers=2, **dropout, dtype=torch.float32).to(device)
        batch = make_batch().to(torch.device(device))
        torch.manual_seed(2)
        loss = tagger.loss(batch, batch.labels).sum()
        loss.backward()
        assert tagger.encoder.first.has_library_kernel == (device == "cuda")
        found.append([loss.cpu(), *(parameter.grad.cpu() for parameter in tagger.parameters())])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_peepholes_have_no_library_kernel() -> None:
    tagger = make_tagger(peepholes=True)
    tagger.encoder.first.use_library = True
    assert not tagger.encoder.first.has_library_kernel


def test_the_papers_initialisation() -> None:
    torch.manual_seed(0)
    tagger = tagger_of(torch.zeros(3, 300), CHARACTERS, LABELS, "attention", "crf", False)
    encoder = tagger.encoder
    for parameter, rows, columns in (
        (encoder.features.weight, 100, 200),
        (encoder.features.bias, 100, 200),
        (tagger.output.weight, LABELS, 100),
        (encoder.first.inputs[0], 100, 5 * 330),
        (encoder.first.inputs[1], 100, 5 * 330),
        (encoder.first.recurrent, 100, 100),
        (tagger.decoder.transitions, LABELS, LABELS),
    ):
        bound = math.sqrt(6 / (rows + columns))
        assert parameter.abs().max() <= bound
        assert parameter.abs().max() > 0.8 * bound
        assert abs(parameter.mean()) < 0.25 * bound
    characters = encoder.words.characters
    assert isinstance(characters, CharAttention)
    embedding = characters.window.embedding
    assert (embedding >= 0).all()
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(CHARACTERS - 1))


def test_frozen_vectors_are_no_part_of_a_checkpoint() -> None:
    assert "encoder.words.vectors" not in make_tagger().state_dict()
    assert "encoder.words.vectors" in make_tagger(finetune=True).state_dict()


@pytest.mark.parametrize("char", sorted(CHARS))
def test_the_whole_network_learns_a_batch(char: str) -> None:
    tagger, batch = make_tagger(char=char, dtype=torch.float32), make_batch()
    optimizer = torch.optim.Adam(tagger.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss = tagger.loss(batch, batch.labels).mean()
        loss.backward()
        optimizer.step()
    assert loss < 0.7
    assert (tagger.decode(batch) == batch.labels).float().mean() > 0.8


@pytest.mark.parametrize(
    ("settings", "key", "text"),
    [
        ({"cell": "gru"}, "cell", "is 'gru': use lstm or rnn"),
        ({"cell": "rnn", "peepholes": True}, "cell", "is 'rnn': use lstm"),
        ({"window": -1}, "window", "is -1: use 0 to 10"),
        ({"dropout": 1.0}, "dropout", "is 1.0: use 0 to 0.95"),
        ({"hidden_size": 0}, "hidden_size", "is 0: use at least 1"),
        ({"links": "dense"}, "links", "is 'dense': use none or residual or highway"),
        ({"input_dropout_by": "word"}, "input_dropout_by", "is 'word': use token or form"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(SettingError, match=text) as error:
        RecurrentEncoderConfig("test", **settings)
    assert error.value.key == key
