"""Dropout of a batch of sentences, with a mask for each token or one for each sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

_LEVELS = 1 << 16  # of the random numbers that a mask is drawn from on a CPU


class Dropout(nn.Module):
    """Dropout of (B, T, D).

    Args:
        rate: probability of dropping a value.
        locked: whether all tokens of a sentence share a mask (Gal and Ghahramani 2016).
    """

    def __init__(self, rate: float, locked: bool) -> None:
        super().__init__()
        self.rate, self.locked = rate, locked

    def forward(self, x: Tensor) -> Tensor:
        """Drop values while training and scale the others by 1 / (1 - rate)."""
        if not (self.training and self.rate):
            return x
        batch, steps, size = x.shape
        kept = draw_mask((batch, 1 if self.locked else steps, size), self.rate, x.device)
        return x * (kept / (1 - self.rate))


def draw_mask(shape: Sequence[int], rate: float, device: torch.device) -> Tensor:
    """Draw a mask of zeros, with probability `rate`, and ones.

    On a CPU four values come from each random number of 64 bits, a tenth of the time that `bernoulli_` takes there; the
    rate is rounded to a multiple of 2**-16.
    """
    if device.type != "cpu":
        return torch.empty(shape, device=device).bernoulli_(1 - rate)
    size = math.prod(shape)
    drawn = torch.empty(-(-size // 4), dtype=torch.int64).random_(-(1 << 63), None)
    return (drawn.view(torch.int16)[:size] >= round(rate * _LEVELS) - _LEVELS // 2).view(shape).float()
