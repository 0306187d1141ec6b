"""JNLPBA's official rule: hand-made cases, and the walk over tags that the official script makes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from bner.scoring.jnlpba import MATCHES, jnlpba_counts
from bner.scoring.spans import Counts, total

TYPES = ("DNA", "protein")


def scored(gold: str, predicted: str) -> dict[tuple[str, str], Counts]:
    """The scores of one sentence."""
    counts = jnlpba_counts([gold.split()], [predicted.split()], TYPES)
    return {key: total(rows) for key, rows in counts.items()}


def test_boundaries_and_types() -> None:
    gold = ["B-DNA I-DNA I-DNA O B-protein", "O"]
    predicted = ["O B-DNA I-DNA O B-DNA", "B-protein"]
    by_sentence = jnlpba_counts([tags.split() for tags in gold], [tags.split() for tags in predicted], TYPES)
    counts = {key: total(rows) for key, rows in by_sentence.items()}
    assert counts["DNA", "full"] == Counts(0, 2, 1)
    assert counts["DNA", "right"] == Counts(1, 1, 0)
    assert counts["DNA", "left"] == Counts(0, 2, 1)
    assert counts["protein", "full"] == Counts(0, 1, 1)  # its boundary is right and its type is not
    assert counts["all", "full"] == Counts(0, 3, 2)
    assert counts["all", "right"] == Counts(1, 2, 1)
    assert by_sentence["all", "full"].tolist() == [[0, 2, 2], [0, 1, 0]]


def test_a_mention_in_two_parts() -> None:
    counts = scored("B-DNA I-DNA I-DNA", "B-DNA O B-DNA")
    assert counts["all", "left"] == Counts(1, 1, 0)
    assert counts["all", "right"] == Counts(1, 1, 0)
    assert counts["all", "full"] == Counts(0, 2, 1)


def test_mentions_side_by_side() -> None:
    counts = scored("B-DNA B-DNA I-DNA B-protein", "B-DNA B-DNA I-DNA B-protein")
    assert counts["DNA", "full"] == Counts(2, 0, 0)
    assert counts["all", "right"] == Counts(3, 0, 0)


@pytest.mark.parametrize(
    ("gold", "predicted", "full", "left", "right"),
    [
        # An I- after O predicts nothing; where a gold mention of its type ends there, that end is right.
        ("O B-protein", "O I-protein", Counts(0, 0, 1), Counts(0, 0, 1), Counts(1, -1, 0)),
        ("B-protein I-protein", "O I-protein", Counts(0, 0, 1), Counts(0, 0, 1), Counts(1, -1, 0)),
        ("O O", "O I-protein", Counts(0, 0, 0), Counts(0, 0, 0), Counts(0, 0, 0)),
        # An I- of another type prolongs the mention before it, which is then never fully correct.
        ("B-DNA O", "B-DNA I-protein", Counts(0, 1, 1), Counts(1, 0, 0), Counts(0, 1, 1)),
        ("B-DNA I-DNA", "B-DNA I-protein", Counts(0, 1, 1), Counts(1, 0, 0), Counts(0, 1, 1)),
        ("B-DNA B-protein", "B-DNA I-protein", Counts(0, 1, 2), Counts(1, 0, 1), Counts(1, 0, 1)),
        ("B-DNA I-DNA O", "B-DNA I-DNA I-protein", Counts(0, 1, 1), Counts(1, 0, 0), Counts(0, 1, 1)),
        # It cannot be mended by a later I- of the mention's own type, which yet gives it the right end.
        ("B-DNA I-DNA I-DNA", "B-DNA I-protein I-DNA", Counts(0, 1, 1), Counts(1, 0, 0), Counts(1, 0, 0)),
    ],
)
def test_illegal_tags(gold: str, predicted: str, full: Counts, left: Counts, right: Counts) -> None:
    counts = scored(gold, predicted)
    assert [counts["all", match] for match in MATCHES] == [full, left, right]


def test_precision_without_a_prediction_is_zero() -> None:
    assert scored("O B-protein", "O I-protein")["protein", "right"].precision == 0.0


def official_script(gold: Sequence[str], predicted: Sequence[str]) -> dict[tuple[str, str], Counts]:
    """The official script's walk: tags become B, I, E and S by the next tag's prefix, then are compared one by one."""

    def ended(tags: Sequence[str]) -> list[tuple[str, str]]:
        prefixes = [tag[0] for tag in tags] + ["O"]
        ends = {"B": "S", "I": "E", "O": "O"}
        return [
            (prefixes[n] if prefixes[n + 1] == "I" and prefixes[n] != "O" else ends[prefixes[n]], tag[2:])
            for n, tag in enumerate(tags)
        ]

    tally = dict.fromkeys([(kind, type_) for kind in ("gold", "found", *MATCHES) for type_ in TYPES], 0)
    agreeing = False
    for expected, given in zip(ended(gold), ended(predicted), strict=True):
        for kind, (prefix, type_) in (("gold", expected), ("found", given)):
            if prefix in "BS":
                tally[kind, type_] += 1
        if expected[1] == given[1] and "O" not in (expected[0], given[0]):
            both = given[0] + expected[0]
            agreeing = agreeing or both == "BB"
            tally["left", given[1]] += both in ("SS", "SB", "BS", "BB")
            tally["right", given[1]] += both in ("SS", "SE", "ES", "EE")
            tally["full", given[1]] += both == "SS" or (both == "EE" and agreeing)
        if expected != given or given[0] not in "BI":
            agreeing = False
    return {
        (type_, match): Counts(
            right := tally[match, type_], tally["found", type_] - right, tally["gold", type_] - right
        )
        for type_ in TYPES
        for match in MATCHES
    }


def test_random_tags_are_scored_as_the_official_script_does() -> None:
    rng = random.Random(0)
    tags = ["O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)]
    illegal = 0
    for _ in range(3000):
        gold = ["O"]
        for _ in range(rng.randint(0, 8)):
            gold.append(rng.choice([tag for tag in tags if tag[0] != "I" or gold[-1][2:] == tag[2:]]))
        predicted = [rng.choice(tags) if rng.random() < 0.3 else tag for tag in gold]
        illegal += any(
            tag[0] == "I" and before[2:] != tag[2:] for before, tag in zip(["O", *predicted], predicted, strict=False)
        )
        counts = scored(" ".join(gold), " ".join(predicted))
        expected = official_script(gold, predicted)
        assert {key: counts[key] for key in expected} == expected, (gold, predicted)
    assert illegal > 500


def test_unknown_types_and_unequal_sentences() -> None:
    with pytest.raises(ValueError, match="type RNA is not among DNA, protein"):
        jnlpba_counts([["O"]], [["B-RNA"]], TYPES)
    with pytest.raises(ValueError, match="sentence 0 has 1 gold tags and 2 predicted ones"):
        jnlpba_counts([["O"]], [["O", "O"]], TYPES)
    with pytest.raises(ValueError, match="shorter"):
        jnlpba_counts([["O"]], [], TYPES)
