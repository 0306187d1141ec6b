"""Corpora as a whole: the sample, the dev split, folders that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.corpora.corpus import CorpusSource, read_corpus
from bner.corpora.sentence import Sentence
from bner.corpora.split import split_dev
from bner.errors import BnerError
from tests.conftest import GM_TEXTS, write, write_gm

SAMPLE = CorpusSource("sample", "gm", None, "train", "test")


def gm_source(folder: Path) -> CorpusSource:
    return CorpusSource("gm", "gm", str(folder), "train", "test")


def test_the_sample_has_what_real_corpora_have() -> None:
    corpus = read_corpus(SAMPLE)
    assert len(corpus.train) == 900
    assert len(corpus.test) == 150
    texts = {sentence.text for sentence in corpus.train}
    assert len(texts) == 900
    assert not texts & {sentence.text for sentence in corpus.test}
    written = [
        (sentence.text or "")[sentence.offsets[mention.start][0] : sentence.offsets[mention.end - 1][1]]
        for sentence in corpus.train
        if sentence.offsets
        for mention in sentence.mentions
    ]
    for trap in "-/(":
        assert any(trap in (sentence.text or "") for sentence in corpus.train)
    assert any("-" in mention for mention in written)
    assert any(" " in mention for mention in written)
    without = sum(not sentence.mentions for sentence in corpus.train)
    assert 0.1 < without / 900 < 0.4
    # Words that are mentions in one place and none in another.
    inside = {mention.lower() for mention in written if " " not in mention}
    outside = {
        token.lower()
        for sentence in corpus.train
        for place, token in enumerate(sentence.tokens)
        if not any(mention.start <= place < mention.end for mention in sentence.mentions)
    }
    assert inside & outside


def sentences(count: int, document: str | None = None) -> list[Sentence]:
    return [Sentence(f"s{n}", ("a",), document=document and f"{document}{n // 4}") for n in range(count)]


def test_the_split_is_a_seeded_tenth() -> None:
    split = split_dev(sentences(200), 0.1, "sentence", seed=3)
    assert len(split.dev) == 20
    assert {*split.dev, *split.train} == set(sentences(200))
    again = split_dev(sentences(200), 0.1, "sentence", seed=3)
    assert again.sha256 == split.sha256
    assert split_dev(sentences(200), 0.1, "sentence", seed=4).sha256 != split.sha256


def test_no_abstract_lies_in_both_parts() -> None:
    split = split_dev(sentences(200, "d"), 0.1, "abstract", seed=3)
    assert len({s.document for s in split.dev}) == 5
    assert not {s.document for s in split.dev} & {s.document for s in split.train}


@pytest.mark.parametrize(
    ("fraction", "by", "count", "text"),
    [
        (0.1, "abstract", 20, "needs a corpus that names its abstracts"),
        (0.1, "page", 20, "use sentence or abstract"),
        (0.0, "sentence", 20, "leaves nothing"),
        (0.1, "sentence", 1, "leaves nothing"),
    ],
)
def test_splits_that_cannot_be(fraction: float, by: str, count: int, text: str) -> None:
    with pytest.raises(BnerError, match=text):
        split_dev(sentences(count), fraction, by, seed=1)


def test_a_folder_without_the_corpus(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match="of corpus gm is missing: set BNER_DATA"):
        read_corpus(gm_source(tmp_path))


def test_a_missing_file(tmp_path: Path) -> None:
    write_gm(tmp_path)
    (tmp_path / "test" / "ALTGENE.eval").unlink()
    with pytest.raises(BnerError, match=r"test/ALTGENE.eval is missing"):
        read_corpus(gm_source(tmp_path))


def test_an_empty_training_file(tmp_path: Path) -> None:
    write_gm(tmp_path)
    write(tmp_path / "train" / "train.in", [])
    with pytest.raises(BnerError, match=r"train.in is empty"):
        read_corpus(gm_source(tmp_path))


def test_a_corpus_without_mentions(tmp_path: Path) -> None:
    write_gm(tmp_path, GM_TEXTS, [])
    with pytest.raises(BnerError, match="has no mention in any sentence"):
        read_corpus(gm_source(tmp_path))


def test_a_test_part_with_a_type_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "train.iob2", ["a\tB-DNA"])
    write(tmp_path / "test.iob2", ["a\tB-virus"])
    with pytest.raises(BnerError, match="mentions of type virus"):
        read_corpus(CorpusSource("x", "iob2", str(tmp_path), "train.iob2", "test.iob2"))
