"""Constraints of a CRF: a finite floor under the scores of what a label sequence must not have."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# No sum of a network's scores comes near it, and exp of it is 0 in 32 bits: illegal paths are no part of log Z.
FLOOR = -1e4


@dataclass(frozen=True)
class LegalLabels:
    """Which label sequences are legal.

    Attributes:
        steps: whether a label (row) may be followed by another (column), K rows of K.
        first: whether a sentence may begin with each label, K.
        last: whether a sentence may end with each label, K.
    """

    steps: tuple[tuple[bool, ...], ...]
    first: tuple[bool, ...]
    last: tuple[bool, ...]


class Floors(torch.nn.Module):
    """The floors of illegal transitions, beginnings and ends, to be added to a CRF's scores.

    Args:
        legal: what is legal.
    """

    def __init__(self, legal: LegalLabels) -> None:
        super().__init__()
        for name, allowed in (("steps", legal.steps), ("first", legal.first), ("last", legal.last)):
            floor = torch.where(torch.tensor(allowed), 0.0, FLOOR)
            self.register_buffer(name, floor, persistent=False)
        self.steps: Tensor
        self.first: Tensor
        self.last: Tensor

    def forward(self, emissions: Tensor, transitions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return emissions (B, T, K) and transitions (K, K) with the floors added; the lengths are (B,)."""
        sentences = torch.arange(len(lengths), device=lengths.device)
        floors = torch.zeros_like(emissions, requires_grad=False)
        floors[:, 0] = self.first
        floors[sentences, lengths - 1] += self.last
        return emissions + floors, transitions + self.steps
