"""The scores as torchmetrics: sums over batches and processes, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from bner.corpora.gm import Annotations
from bner.corpora.sentence import Mention
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import ALL, MATCHES, jnlpba_counts
from bner.scoring.spans import Counts, strict_counts


class _CountsMetric(Metric):
    """Adds up rows of true positives, false positives and false negatives."""

    full_state_update = False
    higher_is_better = True
    counts: Tensor

    def __init__(self, rows: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("counts", torch.zeros(rows, 3, dtype=torch.long), dist_reduce_fx="sum")

    def _add(self, counts: Sequence[Counts]) -> None:
        rows = [(row.tp, row.fp, row.fn) for row in counts]
        self.counts += torch.tensor(rows, device=self.counts.device)

    def _rows(self) -> list[Counts]:
        return [Counts(*row) for row in self.counts.tolist()]

    def compute(self) -> Any:
        """Precision, recall and F1 as fractions."""
        return _scores(self._rows()[0])


class StrictSpans(_CountsMetric):
    """Precision, recall and F1 of spans that agree in both ends and in type."""

    def update(self, predicted: Iterable[Collection[Hashable]], gold: Iterable[Collection[Hashable]]) -> None:
        """Takes the spans of a batch of sentences."""
        self._add([strict_counts(gold, predicted)])


class GMOfficial(_CountsMetric):
    """The official score of BioCreative II GM; a batch holds whole sentences."""

    def update(self, predicted: Annotations, genes: Annotations, alternatives: Annotations) -> None:
        """Takes the annotations of a batch of sentences, by sentence."""
        self._add([gm_counts(genes, alternatives, predicted)])


class JNLPBAOfficial(_CountsMetric):
    """The official scores of JNLPBA 2004 for each type and boundary."""

    def __init__(self, types: Sequence[str], **kwargs: Any) -> None:
        self.types = tuple(types)
        self.keys = [(type_, match) for type_ in (ALL, *self.types) for match in MATCHES]
        super().__init__(rows=len(self.keys), **kwargs)

    def update(self, predicted: Iterable[Sequence[Mention]], gold: Iterable[Sequence[Mention]]) -> None:
        """Takes the mentions of a batch of sentences."""
        counts = jnlpba_counts(gold, predicted, self.types)
        self._add([counts[key] for key in self.keys])

    def compute(self) -> dict[tuple[str, str], dict[str, float]]:
        """Precision, recall and F1 by type (or `all`) and by `full`, `left` or `right`."""
        return {key: _scores(row) for key, row in zip(self.keys, self._rows(), strict=True)}


def _scores(counts: Counts) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
