"""A convolution over the characters of a word and the maximum over its positions (Ma and Hovy 2016, section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.errors import check_range
from bner.model.characters import neighbours


@dataclass
class CharCNNConfig:
    """Settings of `CharCNN`: conf/char/cnn.yaml.

    Attributes:
        name: the encoder's name in runs and tables.
        embedding_dim: of a character.
        filters: dimensions of a word's character vector.
        window: characters on each side that a filter sees.
        dropout: of the character embeddings.
    """

    name: str
    embedding_dim: int = 30
    filters: int = 30
    window: int = 1
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_range("embedding_dim", self.embedding_dim, 1)
        check_range("filters", self.filters, 1)
        check_range("window", self.window, 0, 20)
        check_range("dropout", self.dropout, 0, 0.95)

    def build(self, num_characters: int, word_dim: int) -> nn.Module:
        """Build the encoder for `num_characters` rows of the character table, padding included."""
        return CharCNN(num_characters, self)


class CharCNN(nn.Module):
    """max over j of (W [e_j-1 .. e_j+1] + b)."""

    def __init__(self, num_characters: int, config: CharCNNConfig) -> None:
        super().__init__()
        self.size, self.window = config.filters, config.window
        self.embedding = nn.Embedding(num_characters, config.embedding_dim, padding_idx=0)
        bound = (3 / config.embedding_dim) ** 0.5  # Ma and Hovy 2016, section 3.1
        nn.init.uniform_(self.embedding.weight, -bound, bound)
        with torch.no_grad():
            self.embedding.weight[0] = 0
        self.dropout = nn.Dropout(config.dropout)
        self.filters = nn.Linear((2 * config.window + 1) * config.embedding_dim, config.filters)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Return (W, filters), from characters (C,), their forms (C,) and word vectors (W, D)."""
        around = self.dropout(self.embedding(neighbours(characters, forms, self.window)))  # (C, P, E)
        values: Tensor = self.filters(around.flatten(1))  # (C, filters)
        lowest = values.new_full((len(words), self.size), -torch.inf)
        return lowest.scatter_reduce(0, forms[:, None].expand_as(values), values, "amax", include_self=False)
