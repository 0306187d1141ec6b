"""Character encoders against their equations, one word at a time, and against torch's own layers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from bner.model.char_attention_hidden import CharAttentionHidden
from bner.model.char_cnn import CharCNN
from bner.model.char_lstm import CharLSTM, CharLSTMConfig
from bner.model.network import CharAttention
from tests.model.networks import CHARACTERS, CHARS

DIM = 7


def plain_characters(encoder: nn.Module, characters: list[int], word: Tensor) -> Tensor:
    """R_c of one word."""
    if isinstance(encoder, CharCNN):
        return plain_cnn(encoder, characters)
    if isinstance(encoder, CharLSTM):
        return plain_lstm(encoder, characters)
    assert isinstance(encoder, CharAttention | CharAttentionHidden)
    return plain_attention(encoder, characters, word)


def plain_attention(attention: CharAttention | CharAttentionHidden, characters: list[int], word: Tensor) -> Tensor:
    """R_c from the equations (with U_t and b_t, which the module leaves out)."""
    window = attention.window
    table = torch.cat([torch.zeros_like(window.embedding[:1]), window.embedding])
    embedded = [table[c] for c in characters]
    around = [torch.zeros_like(embedded[0])] * 2
    padded = [*around, *embedded, *around]
    weight = window.weight.permute(1, 0, 2).flatten(1)  # (60, 5 * 30)
    hidden = [torch.tanh(weight @ torch.cat(padded[j : j + 5]) + window.bias) for j in range(len(embedded))]
    if isinstance(attention, CharAttention):
        u_t, b_t = torch.randn(30, len(word)).to(word), torch.randn(30).to(word)
        scores = [torch.exp(attention.score @ h + u_t @ word + b_t) for h in hidden]
        values = embedded
    else:
        mixed = [torch.tanh(attention.hidden @ h + attention.word(word)) for h in hidden]
        scores = [torch.exp(attention.score @ m) for m in mixed]
        values = hidden
    total = torch.stack(scores).sum(0)
    return sum((s / total * v for s, v in zip(scores, values, strict=True)), torch.zeros_like(total))


def plain_cnn(cnn: CharCNN, characters: list[int]) -> Tensor:
    """By torch's convolution."""
    embedded = cnn.embedding.weight[torch.tensor(characters)].T[None]  # (1, E, C)
    positions = 2 * cnn.window + 1
    weight = cnn.filters.weight.unflatten(1, (positions, -1)).transpose(1, 2)  # (filters, E, P)
    return nn.functional.conv1d(embedded, weight, cnn.filters.bias, padding=cnn.window).amax(2)[0]


def plain_lstm(encoder: CharLSTM, characters: list[int]) -> Tensor:
    """By torch's LSTM."""
    layer = encoder.layer
    size = encoder.size // 2
    theirs = nn.LSTM(encoder.embedding.embedding_dim, size, bidirectional=True, batch_first=True).to(layer.bias.dtype)

    def order(rows: Tensor) -> Tensor:  # ours: o, i, f, g; theirs: i, f, g, o
        o, i, f, g = rows.chunk(4)
        return torch.cat([i, f, g, o])

    weights = {}
    for direction, suffix in enumerate(("", "_reverse")):
        weights[f"weight_ih_l0{suffix}"] = order(layer.inputs[0][:, direction, 0].T)
        weights[f"weight_hh_l0{suffix}"] = order(layer.recurrent[direction].T)
        weights[f"bias_ih_l0{suffix}"] = order(layer.bias[direction, 0])
        weights[f"bias_hh_l0{suffix}"] = torch.zeros(4 * size).to(layer.bias)
    embedded = encoder.embedding.weight[torch.tensor(characters)][None]
    _, (last, _) = torch.func.functional_call(theirs, weights, (embedded,))
    return torch.cat([last[0, 0], last[1, 0]])


@pytest.mark.parametrize("name", ["attention", "attention_hidden", "cnn", "lstm"])
def test_words_and_gradients(name: str) -> None:
    torch.manual_seed(1)
    encoder = CHARS[name].build(CHARACTERS, DIM).double()
    spelt = [[3], [4, 5, 6, 7], [11, 1], [2] * 9]
    characters = torch.tensor([each for word in spelt for each in word])
    forms = torch.repeat_interleave(torch.tensor([len(word) for word in spelt]))
    words = torch.randn(len(spelt), DIM).double()
    ours = encoder(characters, forms, words)
    assert ours.shape == (len(spelt), encoder.size)
    plain = torch.stack([plain_characters(encoder, word, words[k]) for k, word in enumerate(spelt)])
    torch.testing.assert_close(ours, plain)
    weights = torch.randn_like(ours)
    for one, other in zip(
        torch.autograd.grad((ours * weights).sum(), list(encoder.parameters())),
        torch.autograd.grad((plain * weights).sum(), list(encoder.parameters())),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_packed_and_padded_words_are_the_same() -> None:
    torch.manual_seed(1)
    encoder = CharLSTMConfig("lstm", max_length=6).build(CHARACTERS, DIM).double()
    forms = torch.repeat_interleave(torch.tensor([3, 1, 9, 2, 6]))
    characters = torch.randint(1, CHARACTERS, (len(forms),))
    found = []
    for library in (False, True):
        encoder.layer.use_library = library
        vectors = encoder(characters, forms, torch.zeros(5, DIM))
        found.append([vectors, *torch.autograd.grad(vectors.square().sum(), list(encoder.parameters()))])
    for packed, padded in zip(*found, strict=True):
        torch.testing.assert_close(packed, padded)


def test_long_words_are_cut_off() -> None:
    torch.manual_seed(1)
    encoder = CharLSTMConfig("lstm", max_length=4).build(CHARACTERS, DIM)
    short, long = [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]
    found = [encoder(torch.tensor(word), torch.zeros(len(word)).long(), torch.zeros(1, DIM)) for word in (short, long)]
    torch.testing.assert_close(*found)


def test_dropout_of_characters_while_training_only() -> None:
    torch.manual_seed(1)
    for name in ("cnn", "lstm"):
        config = type(CHARS[name])(name, dropout=0.5)
        encoder = config.build(CHARACTERS, DIM)
        arguments = (torch.tensor([3, 4, 5]), torch.zeros(3).long(), torch.zeros(1, DIM))
        assert not torch.equal(encoder(*arguments), encoder(*arguments))
        encoder.eval()
        assert torch.equal(encoder(*arguments), encoder(*arguments))
