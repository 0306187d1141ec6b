"""Counts of true and false spans, and the strict rule: a prediction is right where both ends and the type are."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives; precision, recall and F1 are fractions.

    >>> print(Counts(tp=3, fp=1, fn=2))
    TP 3 FP 1 FN 2 P 0.750000 R 0.600000 F1 0.666667
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

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
        """The harmonic mean of precision and recall, and 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return f"TP {self.tp} FP {self.fp} FN {self.fn} P {self.precision:.6f} R {self.recall:.6f} F1 {self.f1:.6f}"


def strict_counts(gold: Iterable[Collection[Hashable]], predicted: Iterable[Collection[Hashable]]) -> Counts:
    """Counts spans that agree in full, sentence by sentence; a span given twice counts once.

    Raises:
        ValueError: the two have different numbers of sentences.

    >>> strict_counts([{(0, 2)}, {(1, 3)}], [{(0, 2)}, {(1, 2)}])
    Counts(tp=1, fp=1, fn=1)
    """
    total = Counts()
    for expected, found in zip(gold, predicted, strict=True):
        expected, found = set(expected), set(found)
        right = len(expected & found)
        total += Counts(right, len(found) - right, len(expected) - right)
    return total
