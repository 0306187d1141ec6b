"""The strict score as a torchmetrics metric, for the dev score during training."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from bner.scoring.spans import Counts, strict_counts


class StrictSpans(Metric):
    """Precision, recall and F1 of spans that agree in both ends and in type, over batches and processes.

    >>> metric = StrictSpans()
    >>> metric.update([{(0, 2)}, {(1, 2)}], [{(0, 2)}, {(1, 3)}])
    >>> metric.compute()
    {'precision': 0.5, 'recall': 0.5, 'f1': 0.5}
    """

    full_state_update = False
    higher_is_better = True
    counts: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("counts", torch.zeros(3, dtype=torch.long), dist_reduce_fx="sum")

    def update(self, predicted: Iterable[Collection[Hashable]], gold: Iterable[Collection[Hashable]]) -> None:
        """Add the spans of a batch of sentences."""
        self.counts += torch.from_numpy(strict_counts(gold, predicted).sum(axis=0)).to(self.counts.device)

    def compute(self) -> dict[str, float]:
        """Return precision, recall and F1 as fractions."""
        counts = Counts(*self.counts.tolist())
        return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
