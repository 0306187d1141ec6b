"""Statistics of a corpus, counted by hand on a few sentences."""

from __future__ import annotations

import math

import pytest

from bner.analysis.statistics import corpus_parts, part_statistics, type_statistics
from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.split import Split

ONE = Sentence("1", ("The", "p53", "gene", "and", "IL-2"), (Mention(1, 3, "DNA"), Mention(4, 5, "protein")))
TWO = Sentence("2", ("the", "p53", "gene", "of", "T", "cells"), (Mention(1, 3, "DNA"), Mention(1, 6, "DNA")))
NONE = Sentence("3", ("Nothing", "."))


def test_a_part_is_counted() -> None:
    row = part_statistics({"all": (ONE, TWO, NONE)}).loc["all"]
    assert (row.sentences, row.tokens, row.words, row.mentions, row.different_mentions) == (3, 13, 10, 4, 3)
    assert row.types == 2
    assert row.mean_length == 2.5
    assert row.one_token == row.over_three_tokens == 0.25
    assert row.without_mention == pytest.approx(1 / 3)


def test_types_are_counted_by_part() -> None:
    table = type_statistics({"one": (ONE,), "all": (ONE, TWO), "none": (NONE,)})
    assert list(table.index) == [("one", "DNA"), ("one", "protein"), ("all", "DNA"), ("all", "protein")]
    assert list(table.share) == [0.5, 0.5, 0.75, 0.25]
    assert table.mean_length["all", "DNA"] == 3


def test_a_part_without_mentions_has_no_shares() -> None:
    row = part_statistics({"none": (NONE,)}).loc["none"]
    assert row.mentions == 0
    assert math.isnan(row.one_token)
    assert row.without_mention == 1


def test_the_parts_of_a_corpus() -> None:
    corpus = Corpus(name="c", train=(ONE, TWO), test=(NONE,), files=())
    parts = corpus_parts(corpus, Split((ONE,), (TWO,)))
    assert parts == {"training": (ONE, TWO), "train": (ONE,), "dev": (TWO,), "test": (NONE,), "all": (ONE, TWO, NONE)}
    assert "dev" not in corpus_parts(corpus)
