"""Learning-rate schedules as settings that build them: conf/schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from bner.errors import check_range


@dataclass
class ConstantConfig:
    """The same learning rate from beginning to end."""

    name: str

    def build(self, optimizer: Optimizer, updates: int) -> LambdaLR | None:
        """Build nothing."""
        return None


@dataclass
class WarmupConfig:
    """Linear warm-up to the learning rate, then decay; a subclass says along which curve.

    Attributes:
        name: the schedule's name in runs and tables.
        warmup: share of all updates in which the rate rises from 0.
        final: share of the learning rate that is left at the end.
    """

    name: str
    warmup: float = 0.0
    final: float = 0.0

    def __post_init__(self) -> None:
        check_range("warmup", self.warmup, 0, 1)
        check_range("final", self.final, 0, 1)

    def curve(self, left: float) -> float:
        """Return the height of the decay, 1 to 0, from the share of it that is left, 1 to 0."""
        raise NotImplementedError

    def build(self, optimizer: Optimizer, updates: int) -> LambdaLR | None:
        """Build the schedule over all updates of a training."""

        def factor(update: int) -> float:
            rising, left = _progress(update, updates, self.warmup)
            return rising * (self.final + (1 - self.final) * self.curve(left))

        return LambdaLR(optimizer, factor)


@dataclass
class LinearConfig(WarmupConfig):
    """Linear warm-up, then linear decay."""

    def curve(self, left: float) -> float:
        """Return the share that is left."""
        return left


@dataclass
class CosineConfig(WarmupConfig):
    """Linear warm-up, then decay along half a cosine (Loshchilov and Hutter 2017)."""

    def curve(self, left: float) -> float:
        """Return half a cosine."""
        return (1 - math.cos(math.pi * left)) / 2


def _progress(update: int, updates: int, warmup: float) -> tuple[float, float]:
    """Return how far the warm-up is, and the share of the decay that is left, 0 to 1 each.

    >>> _progress(5, 100, 0.1), _progress(55, 100, 0.1), _progress(100, 100, 0.1)
    ((0.6, 1.0), (1.0, 0.5), (1.0, 0.0))
    """
    rising = round(warmup * updates)
    if update < rising:
        return (update + 1) / rising, 1.0
    return 1.0, min(1.0, max(0.0, (updates - update) / max(updates - rising, 1)))
