"""Each category of errors by hand, the paper's examples among them; sums and symmetry on random spans."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bner.analysis.errors import Category, Error, SentenceSpans, Side, find_errors
from bner.analysis.sentence_spans import sentence_spans
from bner.corpora.corpus import Corpus
from bner.corpora.gm import GMConfig, GMCorpus, to_mentions, tokenized
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.shared_tasks import shared_task_corpora
from bner.scoring.final import final_scores


def mentions(text: str) -> tuple[Mention, ...]:
    """Mentions as `start-end`, of type DNA, or `start-end:type`."""
    found = []
    for each in text.split():
        span, _, type_ = each.partition(":")
        start, _, end = span.partition("-")
        found.append(Mention(int(start), int(end), type_ or "DNA"))
    return tuple(found)


def errors(sentence: str, gold: str, predicted: str) -> list[str]:
    """The errors of a sentence as `fn left 0-3`, with the partners in brackets."""
    tokens = tuple(sentence.split())
    found = find_errors([SentenceSpans("S", tokens, mentions(gold), mentions(predicted))])
    return [
        f"{each.side} {each.category} {each.mention.start}-{each.mention.end} "
        f"({' '.join(f'{other.start}-{other.end}' for other in each.partners)})"
        for each in found
    ]


@pytest.mark.parametrize(
    ("sentence", "gold", "predicted", "expected"),
    [
        ("IRF1 binds", "0-1", "0-1", []),
        ("IRF1 binds", "0-1", "0-1:protein", ["fn classification 0-1 (0-1)", "fp classification 0-1 (0-1)"]),
        ("EZH2 and IL-5", "0-1 2-3", "0-1", ["fn missing 2-3 ()"]),
        ("EZH2 and IL-5", "0-1", "0-1 2-3", ["fp spurious 2-3 ()"]),
        ("cytosol estradiol receptors", "1-3", "0-3", ["fn left 1-3 (0-3)", "fp left 0-3 (1-3)"]),
        ("many B lineage genes", "0-4", "1-4:RNA", ["fn left 0-4 (1-4)", "fp left 1-4 (0-4)"]),
        ("IL-2 gene expression", "0-2", "0-3", ["fn right 0-2 (0-3)", "fp right 0-3 (0-2)"]),
        ("human IL-2 gene expression", "0-3", "1-4", ["fn overlap 0-3 (1-4)", "fp overlap 1-4 (0-3)"]),
        # One predicted mention alone is no coordination.
        ("upstream promoter or enhancer element", "0-5", "3-5", ["fn left 0-5 (3-5)", "fp left 3-5 (0-5)"]),
        (
            "upstream promoter or enhancer element", "0-5", "0-2 3-5",
            ["fn coordination 0-5 (0-2 3-5)", "fp coordination 0-2 (0-5)", "fp coordination 3-5 (0-5)"],
        ),
        (
            "NF-kappa B and AP-1 binding sites", "0-2 3-4", "0-6",
            ["fn coordination 0-2 (0-6)", "fn coordination 3-4 (0-6)", "fp coordination 0-6 (0-2 3-4)"],
        ),
        (
            "transcription factor NF-kappa B", "0-4", "0-2 2-4",
            ["fn apposition 0-4 (0-2 2-4)", "fp apposition 0-2 (0-4)", "fp apposition 2-4 (0-4)"],
        ),
        (
            "interleukin 2 ( IL-2 ) gene", "0-2 3-4", "0-6",
            ["fn apposition 0-2 (0-6)", "fn apposition 3-4 (0-6)", "fp apposition 0-6 (0-2 3-4)"],
        ),
        # A conjunction between any two of the parts makes it a coordination.
        (
            "c-fos c-jun / c-myc", "0-4", "0-1 1-2 3-4",
            ["fn coordination 0-4 (0-1 1-2 3-4)", *(f"fp coordination {each} (0-4)" for each in ("0-1", "1-2", "3-4"))],
        ),
        # Other words between the parts: the ends decide.
        (
            "promoter of the IL-2 gene", "0-5", "0-1 3-5",
            ["fn left 0-5 (3-5)", "fp right 0-1 (0-5)", "fp left 3-5 (0-5)"],
        ),
        # The same tokens go before a coordination that they are part of.
        (
            "p50 and p65", "0-1 2-3", "0-1:RNA 2-3",
            ["fn classification 0-1 (0-1)", "fp classification 0-1 (0-1)"],
        ),
    ],
)  # fmt: skip
def test_categories(sentence: str, gold: str, predicted: str, expected: list[str]) -> None:
    assert errors(sentence, gold, predicted) == expected


@pytest.mark.parametrize("between", ["and", "OR", "nor", "but", "and/or", ",", ";", "/", "&", "and the"])
def test_what_coordinates(between: str) -> None:
    end = 1 + len(between.split())
    found = errors(f"p50 {between} p65", f"0-{end + 1}", f"0-1 {end}-{end + 1}")
    assert [each.split()[1] for each in found] == ["coordination"] * 3


def test_a_partner_of_the_same_type_comes_first() -> None:
    assert errors("a b c d", "0-4", "1-4:RNA 2-4")[0] == "fn left 0-4 (2-4 1-4)"


@pytest.mark.parametrize(
    ("gold", "predicted", "extent"),
    [("1-3", "0-3", "too long"), ("0-3", "1-3", "too short"), ("0-2", "0-3", "too long"), ("0-2", "1-3", "")],
)
def test_extent_is_that_of_the_predicted_mention(gold: str, predicted: str, extent: str) -> None:
    found = find_errors([SentenceSpans("S", ("a", "b", "c"), mentions(gold), mentions(predicted))])
    assert [each.extent for each in found] == [extent, extent]


def test_kinds_and_types() -> None:
    assert {each for each in Category if each.kind == "type"} == {Category.CLASSIFICATION}
    both = Error(0, Side.FP, Category.LEFT, Mention(0, 2, "DNA"), mentions("1-2:RNA 1-2"), False)
    assert not both.other_type
    assert Error(0, Side.FP, Category.LEFT, Mention(0, 2, "DNA"), mentions("1-2:RNA"), False).other_type
    assert not Error(0, Side.FP, Category.SPURIOUS, Mention(0, 2, "DNA"), (), False).other_type


def random_sentences(rng: np.random.Generator, count: int, overlapping: bool) -> list[SentenceSpans]:
    words = np.array(["p53", "factor", "and", "/", "(", "of"])
    sentences = []
    for number in range(count):
        length = int(rng.integers(1, 12))
        sides = []
        for _ in range(2):
            found, position = [], 0
            while position < length:
                start = int(rng.integers(length)) if overlapping else position + int(rng.integers(3))
                end = start + int(rng.integers(1, 5))
                if end > length:
                    break
                found.append(Mention(start, end, str(rng.choice(["DNA", "protein"]))))
                position = end if not overlapping else position + 3
            sides.append(tuple(dict.fromkeys(found)))
        sentences.append(SentenceSpans(str(number), tuple(rng.choice(words, length)), *sides))
    return sentences


@pytest.mark.parametrize("overlapping", [False, True])
def test_categories_add_up_to_the_strict_score(overlapping: bool) -> None:
    sentences = random_sentences(np.random.default_rng(1), 400, overlapping)
    gold = tuple(Sentence(each.identifier, each.tokens, each.gold) for each in sentences)
    corpus = Corpus(name="random", train=gold, test=gold, files=())
    predicted = [each.predicted for each in sentences]
    found = find_errors(sentence_spans(corpus, predicted))
    score = final_scores(corpus, predicted).strict.total
    counts = Counter(each.side for each in found)
    assert (counts[Side.FP], counts[Side.FN]) == (score.fp, score.fn)
    assert {each.category for each in found} == set(Category) - {Category.TOKEN}  # the cases are of every category
    assert all(bool(each.partners) != (each.category in (Category.MISSING, Category.SPURIOUS)) for each in found)


@pytest.mark.parametrize("overlapping", [False, True])
def test_gold_and_predicted_change_places(overlapping: bool) -> None:
    sentences = random_sentences(np.random.default_rng(2), 400, overlapping)
    swapped = [SentenceSpans(each.identifier, each.tokens, each.predicted, each.gold) for each in sentences]
    mirror = {Category.MISSING: Category.SPURIOUS, Category.SPURIOUS: Category.MISSING}
    expected = {
        (each.sentence, Side.FN if each.side is Side.FP else Side.FP, mirror.get(each.category, each.category),
         each.mention, each.partners)
        for each in find_errors(sentences)
    }  # fmt: skip
    found = find_errors(swapped)
    assert {(each.sentence, each.side, each.category, each.mention, each.partners) for each in found} == expected


def gm_corpus(genes: list[tuple[int, int]], alternatives: list[tuple[int, int]]) -> GMCorpus:
    texts = {"S": "p53dependent NF-kappa B factor"}
    test = tokenized(texts, {"S": genes})
    train = tokenized({"T": "p53"}, {"T": [(0, 2)]})
    return GMCorpus(name="gm", train=train, test=test, files=(), genes={"S": genes}, alternatives={"S": alternatives})


def test_gm_alternatives_are_accepted_and_ends_within_tokens_told() -> None:
    # p53 of p53dependent; NF-kappa B, with NF-kappa B factor as its alternative
    corpus = gm_corpus([(0, 2), (12, 20)], [(12, 26)])
    (sentence,) = corpus.test
    predicted = [tuple(to_mentions(sentence, [(0, 11), (12, 26)]))]
    found = find_errors(sentence_spans(corpus, predicted))
    assert [(each.side.value, each.category.value, each.accepted) for each in found] == [
        ("fn", "token", False), ("fn", "right", True), ("fp", "token", False), ("fp", "right", True)
    ]  # fmt: skip
    assert_equal_to_scores(corpus, predicted)


def assert_equal_to_scores(corpus: Corpus, predicted: list[tuple[Mention, ...]]) -> None:
    found, scores = find_errors(sentence_spans(corpus, predicted)), final_scores(corpus, predicted)
    for side in Side:
        its = [each for each in found if each.side is side]
        assert len(its) == getattr(scores.strict.total, side)
        assert sum(not each.accepted for each in its) == getattr(scores.official.total, side)


def test_gm_on_random_annotations() -> None:
    rng = np.random.default_rng(3)

    def some() -> list[tuple[int, int]]:
        starts = rng.integers(0, 26, int(rng.integers(0, 4)))
        return [(int(start), int(rng.integers(start, 27))) for start in starts]

    for _ in range(300):
        corpus = gm_corpus(some(), some())
        assert_equal_to_scores(corpus, [tuple(to_mentions(corpus.test[0], some()))])


@pytest.mark.parametrize("name", ["gm", "jnlpba"])
def test_real_corpora(name: str, data_folder: Path) -> None:
    corpus = shared_task_corpora(data_folder)[name].build()
    rng = np.random.default_rng(4)
    predicted = []
    for sentence in corpus.test:
        shifted = [
            Mention(each.start, min(len(sentence.tokens), each.end + int(rng.integers(2))), each.type)
            for each in sentence.mentions
            if rng.random() < 0.8
        ]
        kept: list[Mention] = []
        for each in shifted:
            if not kept or kept[-1].end <= each.start:
                kept.append(each)
        predicted.append(tuple(kept))
    assert_equal_to_scores(corpus, predicted)


def test_gold_as_predicted_has_no_error() -> None:
    corpus = GMConfig("sample", None, "train", "test").build()
    assert find_errors(sentence_spans(corpus, [sentence.mentions for sentence in corpus.test])) == ()
