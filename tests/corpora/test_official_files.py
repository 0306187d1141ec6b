"""The real corpora: every published count, and what tokenisation can cost at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from bner.corpora import gm
from bner.corpora.bies import LabelSet
from bner.corpora.duplicates import from_abstracts_of, with_tokens_of
from bner.corpora.gm import GMCorpus
from bner.corpora.iob2 import IOB2Corpus
from bner.corpora.sentence import Sentence
from bner.corpora.shared_tasks import shared_task_corpora
from bner.corpora.split import split_dev
from bner.errors import BnerError
from bner.runtime.hashing import sha256_of_files
from bner.scoring.gm import gm_counts
from bner.scoring.spans import total

SHA256 = {
    "bc2gm/train/train.in": "408f32a796e7aa8ed5b6428c1887e084282b42a02409bba151d0bda3698ca6e3",
    "bc2gm/train/GENE.eval": "6f2b01a25d700f1fddcc7dea6a1b722498b5a9ad6cf12b19ec9d36ab3b63ad87",
    "bc2gm/train/ALTGENE.eval": "39b33098791c57747db1f8b6f91109879310fc726ba52dd3e446f9653d795bf5",
    "bc2gm/test/test.in": "dc1b919a143f99d0cb9182a3a26b1c98e46799d052a463d4c212c49532f123fd",
    "bc2gm/test/GENE.eval": "e6df54b52d337a02a5b11432d132b28c7c657f717e1fe6e8035d3c7b2a18bf4f",
    "bc2gm/test/ALTGENE.eval": "07bee7571c3197db1b886cc790c6f488f2408d3d012006865cc926d93b6c7b8d",
    "jnlpba/Genia4ERtask2.iob2": "639ed27232343df677b5588e61114a0592a8dcd85d828a1a6084ba441bf0de6d",
    "jnlpba/Genia4EReval2.iob2": "4334602737eef0aa3a91c8d5b5122f23447baa85c276c27385f921cb228a1e7c",
}


@pytest.fixture(scope="module")
def gm_corpus(data_folder: Path) -> GMCorpus:
    corpus = shared_task_corpora(data_folder)["gm"].build()
    assert isinstance(corpus, GMCorpus)
    return corpus


@pytest.fixture(scope="module")
def jnlpba(data_folder: Path) -> IOB2Corpus:
    corpus = shared_task_corpora(data_folder)["jnlpba"].build()
    assert isinstance(corpus, IOB2Corpus)
    return corpus


@pytest.mark.parametrize("name", SHA256)
def test_the_files_are_the_official_ones(data_folder: Path, name: str) -> None:
    assert sha256_of_files([data_folder / "corpora" / name]) == SHA256[name]


def test_gm_counts(gm_corpus: GMCorpus) -> None:
    for sentences, files, count, genes, alternatives in (
        (gm_corpus.train, gm_corpus.files[:3], 15_000, 18_265, 14_499),
        (gm_corpus.test, gm_corpus.files[3:], 5_000, 6_331, 5_068),
    ):
        _, gene_file, alternative_file = files
        assert len(sentences) == count
        assert sum(map(len, gm.read_eval(gene_file).values())) == genes
        assert sum(map(len, gm.read_eval(alternative_file).values())) == alternatives
        assert sum(len(sentence.mentions) for sentence in sentences) == genes


def mention_counts(sentences: tuple[Sentence, ...]) -> Counter[str]:
    return Counter(mention.type for sentence in sentences for mention in sentence.mentions)


def test_jnlpba_counts(jnlpba: IOB2Corpus) -> None:
    assert len(jnlpba.train) == 18_546
    assert len(jnlpba.test) == 3_856
    assert sum(len(sentence.tokens) for sentence in jnlpba.train) == 492_551
    assert sum(len(sentence.tokens) for sentence in jnlpba.test) == 101_039
    assert len({sentence.document for sentence in jnlpba.train}) == 2_000
    assert jnlpba.test_file.read_text().count("###MEDLINE:") == 404
    assert mention_counts(jnlpba.train) == Counter(protein=30_269, DNA=9_533, cell_type=6_718, cell_line=3_830, RNA=951)
    assert mention_counts(jnlpba.test) == Counter(protein=5_067, cell_type=1_921, DNA=1_056, cell_line=500, RNA=118)
    assert len({sentence.document for sentence in jnlpba.test}) == 402  # two abstracts come twice
    assert len({sentence.identifier for sentence in jnlpba.test}) == 3_856


def test_gold_through_bies_scores_what_the_papers_tokeniser_does(gm_corpus: GMCorpus) -> None:
    labels = LabelSet(gm_corpus.types)
    predicted = {
        sentence.identifier: gm.to_annotations(
            sentence, labels.decode(labels.encode(len(sentence.tokens), sentence.mentions))
        )
        for sentence in gm_corpus.test
    }
    counts = total(gm_counts(predicted, gm_corpus.genes, gm_corpus.alternatives, predicted))
    assert counts.f1 >= 0.9997
    assert round(counts.f1, 5) == 0.99976


def test_jnlpba_survives_bies_and_its_file_is_written_back(jnlpba: IOB2Corpus, tmp_path: Path) -> None:
    labels = LabelSet(jnlpba.types)
    assert len(labels) == 21
    predicted = [labels.decode(labels.encode(len(s.tokens), s.mentions)) for s in jnlpba.test]
    assert predicted == [sentence.mentions for sentence in jnlpba.test]
    assert jnlpba.write_predictions(tmp_path, predicted).read_bytes() == jnlpba.test_file.read_bytes()


def sizes(sentences: Iterable[Sentence]) -> tuple[int, int]:
    """Sentences and mentions."""
    sentences = tuple(sentences)
    return len(sentences), sum(len(sentence.mentions) for sentence in sentences)


# The hashes name the dev splits of runs that are compared over years: they may not change.
def test_splits_of_the_real_corpora(gm_corpus: GMCorpus, jnlpba: IOB2Corpus) -> None:
    split = split_dev(gm_corpus.train, 0.1, "sentence", 1)
    assert (len(split.train), len(split.dev)) == (13_500, 1_500)
    assert split.sha256.startswith("2d4a49f57e68b424")
    by_sentence = split_dev(jnlpba.train, 0.1, "sentence", 1)
    assert (len(by_sentence.train), len(by_sentence.dev)) == (16_691, 1_855)
    assert by_sentence.sha256.startswith("b863fc93142dc1ee")
    by_abstract = split_dev(jnlpba.train, 0.1, "abstract", 1)
    assert len({s.document for s in by_abstract.dev}) == 200
    assert by_abstract.sha256.startswith("eb9709b1a80f35f0")
    # Every abstract of dev has sentences in training too, unless whole abstracts go to dev.
    assert len({s.document for s in by_sentence.dev}) == 1_229
    assert from_abstracts_of(by_sentence.dev, by_sentence.train) == by_sentence.dev
    assert from_abstracts_of(by_abstract.dev, by_abstract.train) == ()
    with pytest.raises(BnerError, match="names its abstracts"):
        split_dev(gm_corpus.train, 0.1, "abstract", 1)


def test_duplicates_of_gm(gm_corpus: GMCorpus, data_folder: Path) -> None:
    assert sizes(with_tokens_of(gm_corpus.test, gm_corpus.train)) == (58, 38)
    assert sizes(with_tokens_of(gm_corpus.train, gm_corpus.test)) == (103, 37)
    config = replace(shared_task_corpora(data_folder)["gm"], drop_duplicates=True)
    split = config.split(gm_corpus)
    assert (len(split.train), len(split.dev)) == (13_405, 1_500)
    assert (len(split.dropped), split.dropped_mentions) == (95, 37)


def test_duplicates_of_jnlpba(jnlpba: IOB2Corpus, data_folder: Path) -> None:
    assert sizes(with_tokens_of(jnlpba.test, jnlpba.train)) == (109, 209)
    with_case = {sentence.tokens for sentence in jnlpba.train}
    assert sum(sentence.tokens in with_case for sentence in jnlpba.test) == 108
    assert sizes(with_tokens_of(jnlpba.train, jnlpba.test)) == (146, 226)
    shared = from_abstracts_of(jnlpba.test, jnlpba.train)
    assert len({sentence.document for sentence in shared}) == 10
    assert sizes(shared) == (101, 227)
    assert sizes(from_abstracts_of(jnlpba.train, jnlpba.test)) == (101, 243)
    # The abstracts' sentences are the same letters, but for case; six of them are cut into other tokens.
    assert {"".join(s.tokens).lower() for s in shared} <= {"".join(s.tokens).lower() for s in jnlpba.train}
    assert sizes(with_tokens_of(shared, jnlpba.train)) == (95, 209)
    config = replace(shared_task_corpora(data_folder)["jnlpba"], drop_duplicates=True)
    split = config.split(jnlpba)
    assert (len(split.train), len(split.dev)) == (16_553, 1_855)
    assert (len(split.dropped), split.dropped_mentions) == (138, 228)
