"""Counts of true and false spans, and the strict rule: a prediction is right where both ends and the type are.

Every score counts by sentence: an array (S, 3) of true positives, false positives and false negatives, whose sum over
the S sentences is the score.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

CountsArray: TypeAlias = npt.NDArray[np.int64]
"""True positives, false positives and false negatives of each sentence, (S, 3)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives; precision, recall and F1 are fractions.

    >>> print(Counts(tp=3, fp=1, fn=2))
    TP 3 FP 1 FN 2 P 0.750000 R 0.600000 F1 0.666667
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """TP / (TP + FP), and 0 where nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """TP / (TP + FN), and 0 where there is nothing to find."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, and 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return f"TP {self.tp} FP {self.fp} FN {self.fn} P {self.precision:.6f} R {self.recall:.6f} F1 {self.f1:.6f}"


@dataclass(frozen=True, eq=False)
class SentenceCounts:
    """Counts of each sentence by one rule.

    Attributes:
        identifiers: the names of the S sentences.
        counts: their true positives, false positives and false negatives, (S, 3).

    Raises:
        ValueError: the two do not fit together.
    """

    identifiers: tuple[str, ...]
    counts: CountsArray

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.identifiers), 3):
            raise ValueError(f"counts of shape {self.counts.shape} for {len(self.identifiers)} sentences")

    @property
    def total(self) -> Counts:
        """Sum over the sentences: the score."""
        return total(self.counts)


def total(counts: CountsArray) -> Counts:
    """Sum counts (S, 3) over the sentences.

    >>> total(strict_counts([{(0, 2)}, {(1, 3)}], [{(0, 2)}, {(1, 2)}]))
    Counts(tp=1, fp=1, fn=1)
    """
    return Counts(*counts.sum(axis=0).tolist())


def strict_counts(gold: Iterable[Collection[Hashable]], predicted: Iterable[Collection[Hashable]]) -> CountsArray:
    """Count the spans of each sentence that agree in full; a span given twice counts once.

    Args:
        gold: the gold spans of each sentence.
        predicted: the predicted spans of each sentence.

    Returns:
        The counts of each sentence, (S, 3).

    Raises:
        ValueError: the two have different numbers of sentences.
    """
    rows = []
    for expected, found in zip(map(set, gold), map(set, predicted), strict=True):
        right = len(expected & found)
        rows.append((right, len(found) - right, len(expected) - right))
    return counts_array(rows)


def counts_array(rows: Iterable[tuple[int, int, int]]) -> CountsArray:
    """Make an array (S, 3) of rows, also where there is none."""
    return np.array(list(rows), dtype=np.int64).reshape(-1, 3)
