"""The official score of JNLPBA 2004: fully correct mentions, left boundaries and right boundaries.

A left boundary is right where a predicted mention begins on the token on which a gold mention of the same type begins;
a right boundary likewise with the last tokens. Recall is over gold mentions, precision over predicted ones, for each
type and over all of them.

The task's script `evalIOB2.pl` reads tags, so predictions may be illegal IOB2, with an I-type that continues no mention
of its type. It reads them so, and so does this module:

- A mention is predicted by each B- and by nothing else; it extends over all I- tags that follow, whatever their types.
- A mention is fully correct where its tags are those of a gold mention, so never where a tag is illegal.
- A mention ends, for the right boundary, at each B- or I- that no I- follows, with the type of that tag. An I- that
  belongs to no B- therefore counts in no denominator of precision and may still be a correct right boundary: with
  illegal tags a right boundary's false positives can be negative and its precision above 1.

One corner differs: the script of April 2004 does not count predictions before the first gold mention of a file (that of
October 2004 does, as does this module). See docs/scoring.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from bner.corpora.bies import OUTSIDE
from bner.scoring.spans import CountsArray

ALL = "all"
MATCHES = ("full", "left", "right")

_Spans: TypeAlias = dict[str, set[tuple[str, int, int]]]
"""Types with first and last tokens that each match compares; a boundary is a span of one token."""


def jnlpba_counts(
    gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], types: Sequence[str]
) -> dict[tuple[str, str], CountsArray]:
    """Count by the official rule for every pair of a type (or `all`) and one of `full`, `left` and `right`.

    Args:
        gold: the gold IOB2 tags of each sentence.
        predicted: the predicted tags of each sentence, which may be illegal.
        types: the types to report; `all` is over these.

    Returns:
        For each pair the counts of each sentence, (S, 3).

    Raises:
        ValueError: the two have different numbers of sentences or tokens, or a mention is of none of the types.

    >>> counts = jnlpba_counts([["B-DNA", "I-DNA", "O"]], [["B-DNA", "O", "O"]], ["DNA"])
    >>> counts["DNA", "full"].tolist(), counts["all", "left"].tolist()
    ([[0, 1, 1]], [[1, 0, 0]])
    """
    pairs = list(zip(gold, predicted, strict=True))
    counts = {(type_, match): np.zeros((len(pairs), 3), dtype=np.int64) for type_ in (ALL, *types) for match in MATCHES}
    for number, (expected, found) in enumerate(pairs):
        if len(expected) != len(found):
            raise ValueError(f"sentence {number} has {len(expected)} gold tags and {len(found)} predicted ones")
        for (type_, match), row in _sentence_counts(_spans(expected), _spans(found)).items():
            if type_ not in types:
                raise ValueError(f"type {type_} is not among {', '.join(types)}")
            counts[type_, match][number] = row
            counts[ALL, match][number] += row
    return counts


def _sentence_counts(expected: _Spans, found: _Spans) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Count the matches of one sentence for each of its types; every left boundary is a mention."""
    gold, predicted = (Counter(type_ for type_, _, _ in spans["left"]) for spans in (expected, found))
    rows = {}
    for match in MATCHES:
        right = Counter(type_ for type_, _, _ in expected[match] & found[match])
        for type_ in gold | predicted:
            rows[type_, match] = (right[type_], predicted[type_] - right[type_], gold[type_] - right[type_])
    return rows


def _spans(tags: Sequence[str]) -> _Spans:
    """Find the spans that the official script sees in tags; the rules are at the top of this file."""
    spans: _Spans = {match: set() for match in MATCHES}
    start, type_of_start = -1, ""  # of the mention whose tags agree so far, -1 where there is none
    for position, (tag, following) in enumerate(pairwise([*tags, OUTSIDE])):
        prefix, _, type_ = tag.partition("-")
        if prefix == "B":
            spans["left"].add((type_, position, position))
            start, type_of_start = position, type_
        elif type_ != type_of_start:
            start = -1
        if tag != OUTSIDE and not following.startswith("I"):
            spans["right"].add((type_, position, position))
            if start >= 0:
                spans["full"].add((type_, start, position))
            start = -1
    return spans
