"""Rows of different lengths in one tensor: which places are tokens, and reading them from the end."""

from __future__ import annotations

import torch
from torch import Tensor


def mask(lengths: Tensor, steps: int) -> Tensor:
    """Which of `steps` places lie within each sentence, (B, T)."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def reversed_places(lengths: Tensor, steps: int) -> Tensor:
    """For each place of a sentence the one as far from its end; beyond the end the place itself, (B, T).

    >>> reversed_places(torch.tensor([2, 3]), 3).tolist()
    [[1, 0, 2], [2, 1, 0]]
    """
    places = torch.arange(steps, device=lengths.device)
    return torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)


def reverse(x: Tensor, lengths: Tensor) -> Tensor:
    """Each sentence of (B, T, D) from its end to its beginning; what lies beyond its end stays."""
    batch, steps = x.shape[:2]
    rows = reversed_places(lengths, steps) + steps * torch.arange(batch, device=x.device)[:, None]
    return x.flatten(0, 1).index_select(0, rows.flatten()).view_as(x)
