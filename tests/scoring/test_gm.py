"""GM's official rule on hand-made cases, one a rule."""

from __future__ import annotations

import pytest

from bner.scoring.gm import gm_counts
from bner.scoring.spans import Counts, total


@pytest.mark.parametrize(
    ("genes", "alternatives", "predicted", "expected"),
    [
        pytest.param([(0, 4)], [], [(0, 4)], Counts(1, 0, 0), id="exact"),
        pytest.param([(0, 4)], [], [(0, 3)], Counts(0, 1, 1), id="wrong end"),
        pytest.param([(0, 4)], [(0, 9)], [(0, 9)], Counts(1, 0, 0), id="an alternative that overlaps"),
        pytest.param([(0, 4), (6, 9)], [(0, 9)], [(0, 9)], Counts(2, 0, 0), id="one prediction finds two mentions"),
        pytest.param([(0, 4)], [(5, 9)], [(5, 9)], Counts(0, 0, 1), id="an alternative that only touches"),
        pytest.param([(0, 4)], [(4, 9)], [(4, 9)], Counts(1, 0, 0), id="one shared character is an overlap"),
        pytest.param([(0, 4)], [(20, 30)], [(20, 30)], Counts(0, 0, 1), id="an alternative of nothing is no error"),
        pytest.param([(0, 4)], [], [(6, 9), (6, 9)], Counts(0, 2, 1), id="a doubled false positive counts twice"),
        pytest.param([(0, 4)], [], [(0, 4), (0, 4)], Counts(1, 0, 0), id="a doubled true positive finds one mention"),
        pytest.param([(0, 4)], [(0, 9)], [(0, 4), (0, 9)], Counts(1, 0, 0), id="found by both"),
        pytest.param([(0, 4), (0, 4)], [], [(0, 4)], Counts(2, 0, 0), id="a mention listed twice is two"),
        pytest.param([], [], [(0, 4)], Counts(0, 1, 0), id="a sentence without gold"),
        pytest.param([(0, 4)], [(0, 9)], [], Counts(0, 0, 1), id="no prediction"),
        pytest.param([], [], [], Counts(0, 0, 0), id="nothing at all"),
    ],
)
def test_gm(
    genes: list[tuple[int, int]],
    alternatives: list[tuple[int, int]],
    predicted: list[tuple[int, int]],
    expected: Counts,
) -> None:
    counts = gm_counts(["s"], {"s": genes}, {"s": alternatives}, {"s": predicted})
    assert total(counts) == expected


def test_sentences_are_counted_apart_in_the_order_asked_for() -> None:
    counts = gm_counts(["b", "a", "c"], {"a": [(0, 4)]}, {"b": [(0, 9)]}, {"b": [(0, 4)]})
    assert counts.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_no_sentence_is_left_out() -> None:
    for genes, predicted in (({"a": [(0, 4)]}, {}), ({}, {"a": [(0, 4)]})):
        with pytest.raises(ValueError, match="sentence a is not among those to be scored"):
            gm_counts(["b"], genes, {}, predicted)


def test_nothing_at_all() -> None:
    assert total(gm_counts([], {}, {}, {})) == Counts()
