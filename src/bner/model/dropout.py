"""Dropout of a batch of sentences, with a mask for each token or one for each sentence."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
        kept = torch.empty(batch, 1 if self.locked else steps, size, device=x.device).bernoulli_(1 - self.rate)
        return x * (kept / (1 - self.rate))
