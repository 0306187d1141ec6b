"""The three scoring rules on hand-made cases, one a rule."""

from __future__ import annotations

import pytest

from bner.corpora.sentence import Mention
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import jnlpba_counts
from bner.scoring.spans import Counts, strict_counts


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
    assert gm_counts({"s": genes}, {"s": alternatives}, {"s": predicted}) == expected


def test_gm_keeps_sentences_apart() -> None:
    assert gm_counts({"a": [(0, 4)]}, {"b": [(0, 9)]}, {"b": [(0, 4)]}) == Counts(0, 1, 1)


def test_scores_of_nothing_are_zero() -> None:
    assert str(Counts()) == "TP 0 FP 0 FN 0 P 0.000000 R 0.000000 F1 0.000000"
    assert gm_counts({}, {}, {}) == Counts()


def test_strict_spans() -> None:
    gold = [{Mention(0, 2, "DNA")}, set(), {Mention(1, 2, "RNA")}]
    predicted = [{Mention(0, 2, "RNA")}, {Mention(0, 1, "DNA")}, {Mention(1, 2, "RNA")}]
    assert strict_counts(gold, predicted) == Counts(1, 2, 1)
    with pytest.raises(ValueError, match="zip"):
        strict_counts(gold, predicted[:2])


def test_jnlpba_boundaries_and_types() -> None:
    gold = [[Mention(0, 3, "DNA"), Mention(4, 5, "protein")], []]
    predicted = [[Mention(1, 3, "DNA"), Mention(4, 5, "DNA")], [Mention(0, 1, "protein")]]
    counts = jnlpba_counts(gold, predicted, ("DNA", "protein"))
    assert counts["DNA", "full"] == Counts(0, 2, 1)
    assert counts["DNA", "right"] == Counts(1, 1, 0)
    assert counts["DNA", "left"] == Counts(0, 2, 1)
    assert counts["protein", "full"] == Counts(0, 1, 1)  # its boundary is right and its type is not
    assert counts["all", "full"] == Counts(0, 3, 2)
    assert counts["all", "right"] == Counts(1, 2, 1)


def test_jnlpba_left_boundary() -> None:
    counts = jnlpba_counts([[Mention(0, 3, "DNA")]], [[Mention(0, 1, "DNA"), Mention(2, 3, "DNA")]], ("DNA",))
    assert counts["all", "left"] == Counts(1, 1, 0)
    assert counts["all", "right"] == Counts(1, 1, 0)
    assert counts["all", "full"] == Counts(0, 2, 1)


def test_jnlpba_refuses_unknown_types() -> None:
    with pytest.raises(ValueError, match="type RNA is not among DNA"):
        jnlpba_counts([[]], [[Mention(0, 1, "RNA")]], ("DNA",))
