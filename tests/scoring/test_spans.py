"""Strict spans by sentence, and the fractions of counts."""

from __future__ import annotations

import numpy as np
import pytest

from bner.corpora.sentence import Mention
from bner.scoring.spans import Counts, SentenceCounts, strict_counts, total


def test_strict_spans_by_sentence() -> None:
    gold = [{Mention(0, 2, "DNA")}, set(), {Mention(1, 2, "RNA")}]
    predicted = [{Mention(0, 2, "RNA")}, {Mention(0, 1, "DNA")}, {Mention(1, 2, "RNA")}]
    counts = strict_counts(gold, predicted)
    assert counts.tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 0]]
    assert total(counts) == SentenceCounts(("a", "b", "c"), counts).total == Counts(1, 2, 1)
    with pytest.raises(ValueError, match="shorter"):
        strict_counts(gold, predicted[:2])


def test_a_span_given_twice_counts_once() -> None:
    assert strict_counts([[(0, 1), (0, 1)]], [[(0, 1), (0, 1), (2, 3)]]).tolist() == [[1, 1, 0]]


def test_scores_of_nothing_are_zero() -> None:
    assert str(Counts()) == "TP 0 FP 0 FN 0 P 0.000000 R 0.000000 F1 0.000000"
    assert total(strict_counts([], [])) == Counts()


def test_counts_have_a_row_for_each_sentence() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3\) for 1 sentences"):
        SentenceCounts(("a",), np.zeros((2, 3), dtype=np.int64))
