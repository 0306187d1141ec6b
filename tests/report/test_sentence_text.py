"""Sentences as text: as the corpus has it or by tokens, cut at mentions, with brackets."""

from __future__ import annotations

from bner.analysis.errors import Category, Error, Side
from bner.corpora.sentence import Mention, Sentence
from bner.report.error_text import bracketed
from bner.report.sentence_text import SentenceText


def test_text_of_a_corpus_and_of_tokens() -> None:
    told = Sentence("S", ("IL", "-", "2", "binds"), (), "IL-2  binds", ((0, 2), (2, 3), (3, 4), (6, 11)))
    assert SentenceText.of(told).words(Mention(0, 3, "GENE")) == "IL-2"
    plain = SentenceText.of(Sentence("S", ("IL-2", "binds", ".")))
    assert plain.text == "IL-2 binds ."
    assert [plain.words(Mention(number, number + 1, "x")) for number in range(3)] == ["IL-2", "binds", "."]
    assert plain.pieces([Mention(1, 2, "x"), Mention(1, 3, "x")]) == [(0, 5), (5, 10), (10, 12)]
    assert SentenceText.of(Sentence("S", ())).pieces([]) == []


def test_brackets_nest_where_they_can() -> None:
    text = SentenceText.of(Sentence("S", ("a", "b", "c", "d")))

    def shown(gold: tuple[int, int], predicted: tuple[int, int]) -> str:
        error = Error(0, Side.FN, Category.OVERLAP, Mention(*gold, "x"), (Mention(*predicted, "y"),), False)
        return bracketed(text, [error])

    assert shown((0, 2), (0, 2)) == "{y: [x: a b]} c d"
    assert shown((0, 3), (1, 2)) == "[x: a {y: b} c] d"
    assert shown((0, 2), (0, 3)) == "{y: [x: a b] c} d"
    assert shown((1, 4), (3, 4)) == "a [x: b c {y: d}]"
    assert shown((0, 2), (2, 4)) == "[x: a b] {y: c d}"
    assert shown((0, 2), (1, 3)) == "[x: a {y: b] c} d"
