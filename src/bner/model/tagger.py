"""The network of Lyu et al. 2017, Fig. 1: words and characters, a window, recurrent layers, f1, a decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from bner.model.char_attention import CharAttention, CharAttentionHidden
from bner.model.decoder import CRFDecoder, SoftmaxDecoder
from bner.model.initialization import Affine
from bner.model.recurrent import RecurrentLayers

CHARACTERS: dict[str, type[CharAttention | CharAttentionHidden]] = {
    "attention": CharAttention,
    "attention_hidden": CharAttentionHidden,
}
DECODERS: dict[str, type[CRFDecoder | SoftmaxDecoder]] = {"crf": CRFDecoder, "softmax": SoftmaxDecoder}


class Inputs(Protocol):
    """What the network reads of a batch; the letters are explained in the folder's docstring."""

    @property
    def words(self) -> Tensor:
        """The row of each form in the word table, (W,)."""

    @property
    def characters(self) -> Tensor:
        """The characters of the forms, one form after another, (C,)."""

    @property
    def character_forms(self) -> Tensor:
        """The form that each character belongs to, (C,)."""

    @property
    def index(self) -> Tensor:
        """The form of each token, W beyond a sentence's end, (B, T)."""

    @property
    def lengths(self) -> Tensor:
        """Tokens of each sentence, (B,)."""


@dataclass(frozen=True)
class Architecture:
    """The sizes and choices that fix the network's shape.

    Attributes:
        cell: `lstm` or `rnn` (Elman).
        bidirectional: whether a second direction reads from the end.
        layers: recurrent layers; the paper has one.
        width: values of a recurrent state, in each direction.
        hidden_width: values of the layer f1.
        characters: `attention`, `attention_hidden` or `none`.
        decoder: `crf` or `softmax`.
        finetune: whether the word vectors are parameters.
    """

    cell: str
    bidirectional: bool
    layers: int
    width: int
    hidden_width: int
    characters: str
    decoder: str
    finetune: bool


class Tagger(nn.Module):
    """Emissions for each token and label, and the decoder that reads them.

    Args:
        architecture: sizes and choices.
        vectors: the word table, row 0 is UNKNOWN, (words, D).
        num_characters: rows of the character table.
        num_labels: K.
    """

    def __init__(self, architecture: Architecture, vectors: Tensor, num_characters: int, num_labels: int) -> None:
        super().__init__()
        width = vectors.shape[1]
        self.finetune = architecture.finetune
        if architecture.finetune:
            self.register_parameter("vectors", nn.Parameter(vectors.clone()))
        else:  # not written into checkpoints: the vector file has them
            self.register_buffer("vectors", vectors, persistent=False)
        self.vectors: Tensor
        self.characters: CharAttention | CharAttentionHidden | None = None
        widths = [width]
        if architecture.characters != "none":
            self.characters = CHARACTERS[architecture.characters](num_characters, width)
            widths.append(self.characters.width)
        directions = 2 if architecture.bidirectional else 1
        self.recurrent = RecurrentLayers(architecture.cell, widths, architecture.width, directions, architecture.layers)
        self.hidden = Affine(self.recurrent.width, architecture.hidden_width)
        self.output = Affine(architecture.hidden_width, num_labels)
        self.decoder: CRFDecoder | SoftmaxDecoder = DECODERS[architecture.decoder](num_labels)

    def represent(self, batch: Inputs) -> list[Tensor]:
        """R of each distinct form: its word vector and, if there are characters, its character vector, each (W, D)."""
        words = nn.functional.embedding(batch.words, self.vectors, sparse=self.finetune)
        if self.characters is None:
            return [words]
        return [words, self.characters(batch.characters, batch.character_forms, words)]

    def word_sums(self, batch: Inputs) -> Tensor:
        """What the window takes of each distinct form, and at last of what lies beyond a sentence, (W + 1, N 5 G H)."""
        return self.recurrent.first.word_sums(self.represent(batch))

    def emissions(self, sums: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """The emissions, (B, T, K), over rows of `word_sums`, also of several batches; index as there."""
        return self._read(self.recurrent(sums, index, lengths))

    def forward(self, batch: Inputs) -> Tensor:
        """The emissions, (B, T, K)."""
        if batch.index.is_cuda:
            return self._read(self.recurrent.fused(self.represent(batch), batch.index, batch.lengths))
        return self.emissions(self.word_sums(batch), batch.index, batch.lengths)

    def _read(self, states: Tensor) -> Tensor:
        """The layer f1, h = tanh(W_f [forward ; backward] + b_f), and the output, (B, T, K)."""
        out: Tensor = self.output(torch.tanh(self.hidden(states)))
        return out
