"""A BLSTM over the characters of a word, its last states in both directions (Lample et al. 2016, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.errors import check_range
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
        position = torch.arange(len(forms), device=forms.device) - (lengths.cumsum(0) - lengths)[forms]
        read = position < self.max_length
        lengths = lengths.clamp(max=self.max_length)
        padded = characters.new_zeros(len(words), int(lengths.max()))
        padded[forms[read], position[read]] = characters[read]
        states = self.layer([self.dropout(self.embedding(padded))], lengths)  # (W, L, 2 H)
        forward, backward = states.chunk(2, dim=2)
        last = forward[torch.arange(len(words), device=forms.device), lengths - 1]
        return torch.cat([last, backward[:, 0]], 1)
