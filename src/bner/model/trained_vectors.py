"""Trained vectors of training words, which stand beside their frozen word vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding


class TrainedVectors(nn.Module):
    """A vector for each of the first words of the table of word vectors; UNKNOWN and all other words have zeros.

    Args:
        vectors: what training begins with, row 0 is UNKNOWN, (rows, D).
        sparse: whether the gradient holds only the rows that a batch looks up.
    """

    def __init__(self, vectors: Tensor, sparse: bool = False) -> None:
        super().__init__()
        self.sparse = sparse
        self.vectors = nn.Parameter(vectors.clone())
        self.size = vectors.shape[1]

    def forward(self, words: Tensor) -> Tensor:
        """Return the vectors of these rows of the table of word vectors, (W,) to (W, D)."""
        rows = torch.where(words < len(self.vectors), words, 0)
        return embedding(rows, self.vectors, padding_idx=0, sparse=self.sparse)  # row 0 stays zero
