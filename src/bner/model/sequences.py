"""Padded sequences: masks, reversal within each sentence's length, windows of neighbours."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad


def mask(lengths: Tensor, steps: int) -> Tensor:
    """Return which of `steps` positions are tokens and not padding, (B, T)."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def reversed_positions(lengths: Tensor, steps: int) -> Tensor:
    """Return for each token the position as far from its sentence's end; padding keeps its position, (B, T).

    >>> reversed_positions(torch.tensor([2, 3]), 3).tolist()
    [[1, 0, 2], [2, 1, 0]]
    """
    positions = torch.arange(steps, device=lengths.device)
    return torch.where(positions < lengths[:, None], lengths[:, None] - 1 - positions, positions)


def reverse(x: Tensor, lengths: Tensor) -> Tensor:
    """Reverse each sentence of (B, T, D) within its length; padding stays where it is."""
    batch, steps = x.shape[:2]
    rows = reversed_positions(lengths, steps) + steps * torch.arange(batch, device=x.device)[:, None]
    return x.flatten(0, 1).index_select(0, rows.flatten()).view_as(x)


def windows(x: Tensor, reach: int) -> Tensor:
    """Concatenate the vectors of each token's window, (B, T, D) to (B, T, P D) with P = 2 reach + 1.

    Positions outside the sentence contribute zeros, for which the padding of `x` has to be zero.

    >>> windows(torch.tensor([[[1.0], [2.0]]]), reach=1).tolist()
    [[[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]]
    """
    if reach == 0:
        return x
    return pad(x, (0, 0, reach, reach)).unfold(1, 2 * reach + 1, 1).transpose(2, 3).flatten(2)
