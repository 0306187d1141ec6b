"""The network against its equations, written out plainly for one sentence at a time."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from bner.data.batching import Batch
from bner.model.char_attention import CharAttention, CharAttentionHidden
from bner.model.gather_sum import gather_sum
from bner.model.recurrence import elman, lstm
from bner.model.recurrent import CELLS, RecurrentLayers
from bner.model.tagger import Architecture, Tagger

WORDS, CHARACTERS, LABELS, WIDTH = 9, 12, 5, 7
LENGTHS = [6, 1, 4]


def made_batch(seed: int = 0) -> Batch:
    """Three sentences over six forms."""
    generator = torch.Generator().manual_seed(seed)
    widths = torch.tensor([1, 5, 2, 8, 3, 1])
    index = torch.randint(6, (3, 6), generator=generator)
    lengths = torch.tensor(LENGTHS)
    outside = torch.arange(6) >= lengths[:, None]
    return Batch(
        words=torch.tensor([0, 3, 3, 8, 1, 5]),
        characters=torch.randint(1, CHARACTERS, (int(widths.sum()),), generator=generator),
        character_forms=torch.repeat_interleave(widths),
        index=index.masked_fill(outside, 6),
        labels=torch.randint(LABELS, (3, 6), generator=generator).masked_fill(outside, 0),
        lengths=lengths,
        sentences=torch.arange(3),
        num_tokens=sum(LENGTHS),
    )


def made_tagger(**choices: object) -> Tagger:
    torch.manual_seed(5)
    values = {
        "cell": "lstm", "bidirectional": True, "layers": 1, "width": 4, "hidden_width": 6,
        "characters": "attention", "decoder": "crf", "finetune": False,
    } | choices  # fmt: skip
    vectors = torch.randn(WORDS, WIDTH)
    vectors[0] = 0
    return Tagger(Architecture(**values), vectors, CHARACTERS, LABELS).double()  # type: ignore[arg-type]


def plain_characters(attention: CharAttention | CharAttentionHidden, characters: list[int], word: Tensor) -> Tensor:
    """R of one word, from the equations (with U_t and b_t, which the module leaves out)."""
    window = attention.window
    table = torch.cat([torch.zeros_like(window.embedding[:1]), window.embedding])
    embedded = [table[c] for c in characters]
    around = [torch.zeros_like(embedded[0])] * 2
    padded = [*around, *embedded, *around]
    weight = window.weight.permute(1, 0, 2).flatten(1)  # (60, 5 * 30)
    hidden = [torch.tanh(weight @ torch.cat(padded[j : j + 5]) + window.bias) for j in range(len(embedded))]
    if isinstance(attention, CharAttention):
        u_t, b_t = torch.randn(30, len(word)).double(), torch.randn(30).double()
        scores = [torch.exp(attention.score @ h + u_t @ word + b_t) for h in hidden]
        values = embedded
    else:
        mixed = [torch.tanh(attention.hidden @ h + attention.word(word)) for h in hidden]
        scores = [torch.exp(attention.score @ m) for m in mixed]
        values = hidden
    total = torch.stack(scores).sum(0)
    return sum((s / total * v for s, v in zip(scores, values, strict=True)), torch.zeros_like(total))


def plain_states(inputs: list[Tensor], weight: Tensor, bias: Tensor, recurrent: Tensor, cell: str) -> list[Tensor]:
    """One direction of one layer over one sentence."""
    width = len(recurrent)
    h = c = torch.zeros(width).double()
    states = []
    for x in inputs:
        z = x @ weight + bias + h @ recurrent
        if cell == "lstm":
            o, i, f, g = z.split(width)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        else:
            h = z.tanh()
        states.append(h)
    return states


def plain_emissions(tagger: Tagger, batch: Batch, row: int, cell: str, directions: int) -> Tensor:
    """Emissions of one sentence, from the equations."""
    words = []
    for form in batch.index[row, : batch.lengths[row]].tolist():
        parts = [tagger.vectors[batch.words[form]]]
        if tagger.characters is not None:
            its = batch.characters[batch.character_forms == form].tolist()
            parts.append(plain_characters(tagger.characters, its, parts[0]))
        words.append(parts)
    nothing = [torch.zeros_like(part) for part in words[0]]
    padded = [nothing, nothing, *words, nothing, nothing]
    first = tagger.recurrent.first
    outputs = []
    for direction in range(directions):
        # For each part of the window's words, its weights at the five places.
        inputs = [torch.cat([torch.cat([p[k] for p in padded[t : t + 5]]) for k in range(len(nothing))])
                  for t in range(len(words))]  # fmt: skip
        weight = torch.cat([part[:, direction].transpose(0, 1).flatten(0, 1) for part in first.inputs])
        if direction:
            # The weights belong to places in the sentence, in whichever direction it is read.
            inputs = inputs[::-1]
        states = plain_states(inputs, weight, first.bias[direction, 0], first.recurrent[direction], cell)
        outputs.append(states[::-1] if direction else states)
    layer = [torch.cat(pair) for pair in zip(*outputs, strict=True)]
    for other in tagger.recurrent.others:
        outputs = []
        for direction in range(directions):
            inputs = layer[::-1] if direction else layer
            states = plain_states(
                inputs, other.input[direction].T, other.bias[direction, 0], other.recurrent[direction], cell
            )
            outputs.append(states[::-1] if direction else states)
        layer = [torch.cat(pair) for pair in zip(*outputs, strict=True)]
    return torch.stack([tagger.output(torch.tanh(tagger.hidden(x))) for x in layer])


@pytest.mark.parametrize(
    ("cell", "bidirectional", "characters", "layers"),
    list(itertools.product(["lstm", "rnn"], [True, False], ["attention", "attention_hidden", "none"], [1, 2])),
)
def test_emissions_and_gradients(cell: str, bidirectional: bool, characters: str, layers: int) -> None:
    tagger = made_tagger(cell=cell, bidirectional=bidirectional, characters=characters, layers=layers)
    batch = made_batch()
    emissions = tagger(batch)
    plain = [plain_emissions(tagger, batch, row, cell, 1 + bidirectional) for row in range(3)]
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


def test_the_lstm_is_torchs_own() -> None:
    torch.manual_seed(0)
    theirs = nn.LSTM(6, 4).double()
    x = torch.randn(9, 3, 6).double()

    def ours_from(rows: Tensor) -> Tensor:  # theirs: i, f, g, o; ours: o, i, f, g
        i, f, g, o = rows.chunk(4)
        return torch.cat([o, i, f, g])

    bias = ours_from(theirs.bias_ih_l0 + theirs.bias_hh_l0)
    inputs = (x @ ours_from(theirs.weight_ih_l0).T + bias)[:, None]
    states = lstm(inputs, ours_from(theirs.weight_hh_l0).T[None])
    torch.testing.assert_close(states[:, 0], theirs(x)[0])


@pytest.mark.parametrize(("run", "gates"), [(lstm, 4), (elman, 1)])
@pytest.mark.parametrize("steps", [1, 4])
def test_recurrences_pass_gradcheck(run: object, gates: int, steps: int) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(steps, 2, 3, gates * 2, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 2, gates * 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (inputs, weight))  # type: ignore[arg-type]


def test_gather_sum_passes_gradcheck() -> None:
    table = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[0, 1], [5, 5], [2, 0]])
    torch.testing.assert_close(gather_sum(table, index), table[index].sum(1))
    assert torch.autograd.gradcheck(gather_sum, (table, index))


def test_what_lies_in_other_sentences_changes_nothing() -> None:
    tagger, batch = made_tagger(), made_batch()
    together = tagger(batch)
    alone = Batch(**{**{f: getattr(batch, f) for f in Batch.__dataclass_fields__}, "index": batch.index[2:, :4],
                     "labels": batch.labels[2:, :4], "lengths": batch.lengths[2:]})  # fmt: skip
    torch.testing.assert_close(tagger(alone)[0], together[2, :4])


def test_the_papers_initialisation() -> None:
    torch.manual_seed(0)
    tagger = Tagger(
        Architecture("lstm", True, 1, 100, 100, "attention", "crf", False), torch.zeros(3, 300), CHARACTERS, LABELS
    )
    first = tagger.recurrent.first
    for parameter, rows, columns in (
        (tagger.hidden.weight, 100, 200),
        (tagger.hidden.bias, 100, 200),
        (tagger.output.weight, LABELS, 100),
        (first.inputs[0], 100, 5 * 330),
        (first.inputs[1], 100, 5 * 330),
        (first.recurrent, 100, 100),
        (tagger.decoder.transitions, LABELS, LABELS),
    ):
        bound = math.sqrt(6 / (rows + columns))
        assert parameter.abs().max() <= bound
        assert parameter.abs().max() > 0.8 * bound
        assert abs(parameter.mean()) < 0.25 * bound
    assert tagger.characters is not None
    embedding = tagger.characters.window.embedding
    assert (embedding >= 0).all()
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(CHARACTERS - 1))


def test_frozen_vectors_are_no_part_of_a_checkpoint() -> None:
    assert "vectors" not in made_tagger().state_dict()
    assert "vectors" in made_tagger(finetune=True).state_dict()


@pytest.mark.parametrize(("cell", "bidirectional", "layers"), itertools.product(CELLS, (True, False), (1, 2)))
def test_the_librarys_kernels_give_the_same_states_and_gradients(cell: str, bidirectional: bool, layers: int) -> None:
    torch.manual_seed(1)
    network = RecurrentLayers(cell, (7, 3), 4, 2 if bidirectional else 1, layers)
    index = torch.tensor([[0, 1, 2, 1, 0], [2, 2, 3, 3, 3], [1, 3, 3, 3, 3]])
    lengths = torch.tensor([5, 2, 1])
    inside = (index < 3)[..., None]
    found = []
    for path in ("ours", "fused"):
        torch.manual_seed(2)
        parts = [torch.randn(3, 7, requires_grad=True), torch.randn(3, 3, requires_grad=True)]
        network.zero_grad()
        if path == "ours":
            states = network(network.first.word_sums(parts), index, lengths)
        else:
            states = network.fused(parts, index, lengths)
        (states * inside * torch.arange(5.0)[:, None]).sum().backward()
        gradients = [*(part.grad for part in parts), *(each.grad for each in network.parameters())]
        found.append([states * inside, *gradients])
    for ours, library in zip(*found, strict=True):
        torch.testing.assert_close(ours, library)
