"""Corpora as a whole: the sample, the dev split, folders that are not what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from bner.corpora.corpus import Corpus, CorpusConfig
from bner.corpora.gm import GMConfig, GMCorpus
from bner.corpora.iob2 import IOB2Config, IOB2Corpus
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.split import split_dev
from bner.errors import BnerError
from tests.conftest import GM_TEXTS, IOB2, write, write_gm

SAMPLE = GMConfig("sample", None, "train", "test")
GM_EVALS = ("GENE.eval", "ALTGENE.eval")


def gm_config(folder: Path) -> GMConfig:
    return GMConfig("gm", str(folder), "train", "test", fetch="bc2gm")


def test_the_sample_has_what_real_corpora_have() -> None:
    corpus = SAMPLE.build()
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
    # Words that are mentions in one sentence and none in another.
    inside = {mention.lower() for mention in written if " " not in mention}
    outside = {
        token.lower()
        for sentence in corpus.train
        for position, token in enumerate(sentence.tokens)
        if not any(mention.start <= position < mention.end for mention in sentence.mentions)
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
        (1.0, "sentence", 20, "leaves nothing"),
        (0.1, "sentence", 1, "at least two are needed"),
    ],
)
def test_impossible_splits(fraction: float, by: str, count: int, text: str) -> None:
    with pytest.raises(BnerError, match=text):
        split_dev(sentences(count), fraction, by, seed=1)


def test_a_folder_without_the_corpus(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match="of corpus gm is missing: run `bner fetch bc2gm`, or set BNER_DATA"):
        gm_config(tmp_path).build()


def test_an_empty_training_file(tmp_path: Path) -> None:
    write_gm(tmp_path)
    write(tmp_path / "train" / "train.in", [])
    with pytest.raises(BnerError, match=r"train.in is empty"):
        gm_config(tmp_path).build()


def test_a_corpus_without_mentions(tmp_path: Path) -> None:
    write_gm(tmp_path, GM_TEXTS, [])
    with pytest.raises(BnerError, match="has no mention in any sentence"):
        gm_config(tmp_path).build()


def test_a_test_part_with_a_type_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "train.iob2", ["a\tB-DNA"])
    write(tmp_path / "test.iob2", ["a\tB-virus"])
    with pytest.raises(BnerError, match="mentions of type virus"):
        IOB2Config("x", str(tmp_path), "train.iob2", "test.iob2").build()


@pytest.mark.parametrize("config", [SAMPLE, IOB2Config("x", "folder", "train.iob2", "test.iob2")])
def test_a_configuration_is_typed_by_its_class(config: CorpusConfig) -> None:
    chosen = OmegaConf.merge(OmegaConf.structured(type(config)), {"dev_fraction": "0.2", "drop_duplicates": "true"})
    read = OmegaConf.to_object(OmegaConf.merge(chosen, {"name": "x", "folder": None, "train": "a", "test": "b"}))
    assert read == type(config)("x", None, "a", "b", dev_fraction=0.2, drop_duplicates=True)


def test_a_configuration_is_checked_without_reading_the_corpus(tmp_path: Path) -> None:
    write_gm(tmp_path, ["S1 broken"], ["no offsets"])
    gm_config(tmp_path).check()
    with pytest.raises(BnerError, match=r"GENE\.eval:1"):
        gm_config(tmp_path).build()


def test_a_file_missing_in_a_folder(tmp_path: Path) -> None:
    write_gm(tmp_path)
    (tmp_path / "train" / "GENE.eval").unlink()
    with pytest.raises(BnerError, match=r"train/GENE.eval of corpus gm is missing: run `bner fetch bc2gm`"):
        gm_config(tmp_path).check()


def test_a_missing_corpus_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=r"a.iob2 of corpus x is missing: check corpus.folder, corpus.train"):
        IOB2Config("x", str(tmp_path), "a.iob2", "b.iob2").check()


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [("dev_fraction", 1.5, "corpus.dev_fraction=1.5 leaves"), ("dev_split", "page", "corpus.dev_split is 'page'")],
)
def test_impossible_settings_are_found_before_reading(tmp_path: Path, key: str, value: object, text: str) -> None:
    write(tmp_path / "a.iob2", IOB2.splitlines())
    config = IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2")
    config.check()
    setattr(config, key, value)
    with pytest.raises(BnerError, match=text):
        config.check()


def test_abstracts_that_a_corpus_does_not_name(tmp_path: Path) -> None:
    write_gm(tmp_path)
    with pytest.raises(BnerError, match="needs a corpus that names its abstracts, and the format of corpus gm"):
        GMConfig("gm", str(tmp_path), "train", "test", dev_split="abstract").check()
    write(tmp_path / "a.iob2", ["", "a\tB-DNA"])
    with pytest.raises(BnerError, match=r"a.iob2 does not begin with a line ###MEDLINE:number"):
        IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2", dev_split="abstract").check()
    write(tmp_path / "a.iob2", IOB2.splitlines())
    IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2", dev_split="abstract").check()


def test_each_format_builds_its_own_corpus(tmp_path: Path) -> None:
    write_gm(tmp_path)
    corpus = gm_config(tmp_path).build()
    assert isinstance(corpus, GMCorpus)
    assert corpus.genes["S3"] == [(0, 2), (4, 7), (23, 27), (31, 35)]
    assert corpus.alternatives == {"S1": [(18, 29)]}
    assert [path.name for path in corpus.files] == ["train.in", "GENE.eval", "ALTGENE.eval", "test.in", *GM_EVALS]
    predictions = corpus.write_predictions(tmp_path / "out", [sentence.mentions for sentence in corpus.test])
    assert predictions.name == "test.eval"
    write(tmp_path / "a.iob2", IOB2.splitlines())
    other = IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2").build()
    assert isinstance(other, IOB2Corpus)
    predictions = other.write_predictions(tmp_path / "out", [sentence.mentions for sentence in other.test])
    assert predictions.name == "test.iob2"
    assert predictions.read_text() == IOB2


@dataclass
class WordsConfig(CorpusConfig):
    """A format of one's own: a sentence a line, its mentions in brackets."""

    train: str = "train.txt"
    test: str = "test.txt"

    def build(self) -> Corpus:
        self.check()
        train, test = (self.read(path) for path in (self.train_path, self.test_path))
        return Corpus(name=self.name, train=train, test=test, files=(self.train_path, self.test_path))

    def read(self, path: Path) -> tuple[Sentence, ...]:
        sentences = []
        for number, line in enumerate(path.read_text().splitlines()):
            words = line.split()
            mentions = [Mention(at, at + 1, "THING") for at, word in enumerate(words) if word.startswith("[")]
            sentences.append(Sentence(str(number), tuple(word.strip("[]") for word in words), tuple(mentions)))
        return tuple(sentences)


def test_a_format_of_ones_own(tmp_path: Path) -> None:
    write(tmp_path / "train.txt", ["a [b] c", "d e", "f [g]", "[h] i"])
    config = WordsConfig("words", str(tmp_path))
    with pytest.raises(BnerError, match=r"test.txt of corpus words is missing"):
        config.build()
    write(tmp_path / "test.txt", ["[b] a", "f"])
    corpus = config.build()
    assert corpus.types == ("THING",)
    assert len(config.split(corpus).dev) == 1
    file = corpus.write_predictions(tmp_path / "out", [(Mention(0, 2, "THING"),), ()])
    assert file.name == "test.iob2"
    assert file.read_text() == "b\tB-THING\na\tI-THING\n\nf\tO\n\n"
