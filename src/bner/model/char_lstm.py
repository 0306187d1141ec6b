"""A BLSTM over the characters of a word, its last states in both directions (Lample et al. 2016, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.errors import check_range
from bner.model.kernels.packed_lstm import packed_lstm
from bner.model.recurrent_layer import RecurrentLayer


@dataclass
class CharLSTMConfig:
    """Settings of `CharLSTM`: conf/char/lstm.yaml.

    Attributes:
        name: the encoder's name in runs and tables.
        embedding_dim: of a character.
        hidden_size: of the state, in each direction.
        max_length: characters of a word that are read; the rest of a longer word is cut off.
        dropout: of the character embeddings.
    """

    name: str
    embedding_dim: int = 25
    hidden_size: int = 25
    max_length: int = 64
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for key in ("embedding_dim", "hidden_size", "max_length"):
            check_range(key, getattr(self, key), 1)
        check_range("dropout", self.dropout, 0, 0.95)

    def build(self, num_characters: int, word_dim: int) -> nn.Module:
        """Build the encoder for `num_characters` rows of the character table, padding included."""
        return CharLSTM(num_characters, self)


class CharLSTM(nn.Module):
    """[forward state after the last character ; backward state after the first]."""

    def __init__(self, num_characters: int, config: CharLSTMConfig) -> None:
        super().__init__()
        self.size, self.max_length = 2 * config.hidden_size, config.max_length
        self.embedding = nn.Embedding(num_characters, config.embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(config.dropout)
        self.layer = RecurrentLayer("lstm", [config.embedding_dim], config.hidden_size, directions=2, window=0)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Return (W, 2 H), from characters (C,), their forms (C,) and word vectors (W, D)."""
        lengths = torch.bincount(forms, minlength=len(words))
        starts = lengths.cumsum(0) - lengths
        lengths = lengths.clamp(max=self.max_length)
        return (self._padded if self.layer.has_library_kernel else self._packed)(characters, starts, lengths)

    def _padded(self, characters: Tensor, starts: Tensor, lengths: Tensor) -> Tensor:
        """Compute with all words padded to the longest, as the library's kernels take them."""
        position = torch.arange(int(lengths.max()), device=lengths.device)
        inside = position < lengths[:, None]
        padded = torch.where(inside, characters[torch.where(inside, starts[:, None] + position, 0)], 0)
        states = self.layer([self.dropout(self.embedding(padded))], lengths)  # (W, L, 2 H)
        forward, backward = states.chunk(2, dim=2)
        last = forward[torch.arange(len(lengths), device=lengths.device), lengths - 1]
        return torch.cat([last, backward[:, 0]], 1)

    def _packed(self, characters: Tensor, starts: Tensor, lengths: Tensor) -> Tensor:
        """Compute without padding: each step has the words that are long enough, the longest first."""
        sizes, order = lengths.sort(descending=True, stable=True)
        position = torch.arange(int(sizes[0]), device=sizes.device)
        step, rank = (position[:, None] < sizes).nonzero(as_tuple=True)  # of each row, (rows,)
        start, length = starts[order][rank], sizes[rank]
        read = characters[torch.stack([start + step, start + length - 1 - step])]  # by direction, (2, rows)
        embedded = self.dropout(self.embedding(read))
        (weight,) = self.layer.inputs  # (E, 2, 1, 4 H)
        given = torch.baddbmm(self.layer.bias, embedded, weight[:, :, 0].transpose(0, 1))
        counts = step.bincount()
        states = packed_lstm(given, self.layer.recurrent, counts.tolist())  # (2, rows, H)
        last = (counts.cumsum(0) - counts)[sizes - 1] + torch.arange(len(sizes), device=sizes.device)
        of_words = states[:, last].transpose(0, 1).flatten(1)
        return of_words.new_empty(of_words.shape).index_copy(0, order, of_words)
