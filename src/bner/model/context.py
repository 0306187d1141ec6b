"""Contextual vectors: states of a frozen network that has read the sentence, mixed into one vector a token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from bner.model.dropout import Dropout

Progress = Callable[[int], None]  # called with the number of tokens read so far


class Read(Protocol):
    """Reads sentences with a frozen network."""

    def __call__(self, sentences: Sequence[Sequence[str]], device: torch.device) -> Tensor:
        """Return the states of each token, (B, T, S, D), zero at padding."""

    def of_tokens(self, sentences: Sequence[Sequence[str]], device: torch.device, progress: Progress) -> Tensor:
        """Return the states of all tokens one after another, (tokens, S, D), on the CPU."""

    def remember(self, sentences: Sequence[Sequence[str]], device: torch.device, progress: Progress) -> None:
        """Compute the states of these sentences now, and keep them for when they are read again."""


class ContextMix(nn.Module):
    """gamma * sum_s w_s h_s over layers s, w the softmax of learned scalars (Peters et al. 2018, equation 1).

    Args:
        read: the frozen network. It is no part of this module, and so not of its checkpoints.
        layers: S.
        size: D.
        dropout: probability of dropping a value of the mixed vector.
    """

    def __init__(self, read: Read, layers: int, size: int, dropout: float) -> None:
        super().__init__()
        self.read, self.size = read, size
        self.scalars = nn.Parameter(torch.zeros(layers))
        self.gamma = nn.Parameter(torch.ones(()))
        self.dropout = Dropout(dropout, locked=False)

    def forward(self, states: Tensor) -> Tensor:
        """Return (B, T, D) from states (B, T, S, D)."""
        weights = self.gamma * self.scalars.softmax(0)
        # A sum of few terms, since a product with S weights would write all states in 32 bits first.
        mixed = torch.zeros((), device=states.device)
        for weight, layer in zip(weights, states.unbind(2), strict=True):
            mixed = mixed + weight * layer.to(weights.dtype)
        out: Tensor = self.dropout(mixed)
        return out
