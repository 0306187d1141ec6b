"""Final scores: the rules of each class of corpus, counts by sentence, and the tables that are written."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from bner.corpora.corpus import Corpus
from bner.corpora.gm import GMConfig
from bner.corpora.iob2 import IOB2Config
from bner.corpora.sentence import Mention, Sentence
from bner.scoring.files import score_gm_files, score_jnlpba_files
from bner.scoring.final import FinalScores, final_scores
from bner.scoring.spans import Counts
from tests.conftest import IOB2, write, write_gm


@pytest.fixture
def gm(tmp_path: Path) -> Corpus:
    write_gm(tmp_path)
    return GMConfig("gm", str(tmp_path), "train", "test").build()


@pytest.fixture
def jnlpba(tmp_path: Path) -> Corpus:
    write(tmp_path / "a.iob2", IOB2.splitlines())
    return IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2").build()


GM_PREDICTED: list[list[Mention]] = [
    [Mention(1, 2, "GENE"), Mention(4, 8, "GENE")],  # p53, and the alternative of IL-2 receptor alpha
    [Mention(0, 1, "GENE")],
    [],
    [],
    [],
    [],
]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_gm_has_a_strict_and_an_official_score(gm: Corpus) -> None:
    scores = final_scores(gm, GM_PREDICTED)
    assert scores.strict.total == Counts(1, 2, 5)
    assert scores.official.total == Counts(2, 1, 4)
    assert scores.official.identifiers == ("S1", "S2", "S3", "S4", "S5", "S6")
    assert scores.official.counts.tolist()[:3] == [[2, 0, 0], [0, 1, 0], [0, 0, 4]]
    assert scores.metrics()["test/f1"] == scores.strict.total.f1
    assert scores.metrics()["test/official_f1"] == scores.official.total.f1
    assert list(scores.table) == [("GENE", "strict"), ("GENE", "official")]


def test_jnlpba_has_a_table_of_types_and_boundaries(jnlpba: Corpus) -> None:
    predicted = [sentence.mentions for sentence in jnlpba.test]
    predicted[0] = (Mention(0, 1, "DNA"),)
    scores = final_scores(jnlpba, predicted)
    assert scores.strict.total == scores.official.total == Counts(4, 1, 1)
    assert scores.table["DNA", "left"].total == Counts(1, 0, 0)
    assert scores.table["DNA", "right"].counts.tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert len(scores.table) == 3 * (1 + 5)


def test_the_score_of_a_run_is_that_of_the_file_it_wrote(gm: Corpus, jnlpba: Corpus, tmp_path: Path) -> None:
    file = gm.write_predictions(tmp_path / "out", GM_PREDICTED)
    by_file = score_gm_files(tmp_path / "test", file)
    official = final_scores(gm, GM_PREDICTED).official
    assert by_file.identifiers == official.identifiers
    assert by_file.counts.tolist() == official.counts.tolist()
    predicted = [[], *(sentence.mentions for sentence in jnlpba.test[1:])]
    file = jnlpba.write_predictions(tmp_path / "out", predicted)
    table = score_jnlpba_files(tmp_path / "a.iob2", file).table
    assert {key: row.counts.tolist() for key, row in table.items()} == {
        key: row.counts.tolist() for key, row in final_scores(jnlpba, predicted).table.items()
    }


def test_the_tables_that_are_written(gm: Corpus, tmp_path: Path) -> None:
    scores = final_scores(gm, GM_PREDICTED)
    scores.write_by_sentence(tmp_path / "by_sentence.csv")
    written = rows(tmp_path / "by_sentence.csv")
    assert (tmp_path / "by_sentence.csv").read_text().splitlines()[:2] == [
        "sentence,official_tp,official_fp,official_fn,strict_tp,strict_fp,strict_fn",
        "S1,2,0,0,1,1,1",
    ]
    assert [row["sentence"] for row in written] == [sentence.identifier for sentence in gm.test]
    for rule, expected in (("official", scores.official.total), ("strict", scores.strict.total)):
        assert (
            Counts(*(sum(int(row[f"{rule}_{count}"]) for row in written) for count in ("tp", "fp", "fn"))) == expected
        )
    scores.write_table(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().splitlines() == [
        "type,rule,tp,fp,fn,precision,recall,f1",
        "GENE,strict,1,2,5,0.333333,0.166667,0.222222",
        "GENE,official,2,1,4,0.666667,0.333333,0.444444",
    ]


GOLD = (Mention(0, 1, "A"), Mention(2, 3, "B"))
OWN = {
    "name": "own",
    "train": (Sentence("t", ("a", "b", "c"), GOLD),),
    "test": (Sentence('x,"1"', ("a", "b", "c"), GOLD), Sentence("y", ("a",))),
    "files": (),
}


def test_a_class_of_ones_own_is_scored_by_strict_spans(tmp_path: Path) -> None:
    scores = final_scores(Corpus(**OWN), [(Mention(0, 1, "A"), Mention(1, 2, "B")), (Mention(0, 1, "A"),)])
    assert scores.strict.total == scores.official.total == Counts(1, 2, 1)
    assert {key: row.total for key, row in scores.table.items()} == {
        ("all", "strict"): Counts(1, 2, 1),
        ("A", "strict"): Counts(1, 1, 0),
        ("B", "strict"): Counts(0, 1, 1),
    }
    scores.write_by_sentence(tmp_path / "by_sentence.csv")
    assert [row["sentence"] for row in rows(tmp_path / "by_sentence.csv")] == ['x,"1"', "y"]


@dataclass(frozen=True, kw_only=True)
class LenientCorpus(Corpus):
    """A corpus whose official score ignores types."""


def test_a_class_of_ones_own_may_have_its_own_rule() -> None:
    @final_scores.register(LenientCorpus)
    def _(corpus: LenientCorpus, predicted: list[list[Mention]]) -> FinalScores:
        def untyped(sentences: list[list[Mention]]) -> list[list[Mention]]:
            return [[Mention(m.start, m.end, "A") for m in mentions] for mentions in sentences]

        strict = final_scores.dispatch(Corpus)(corpus, predicted)
        test = tuple(Sentence(s.identifier, s.tokens, tuple(untyped([s.mentions])[0])) for s in corpus.test)
        lenient = Corpus(name=corpus.name, train=corpus.train, test=test, files=())
        return FinalScores(strict.strict, final_scores(lenient, untyped(predicted)).strict, strict.table)

    scores = final_scores(LenientCorpus(**OWN), [[Mention(2, 3, "A")], []])
    assert scores.strict.total == Counts(0, 1, 2)
    assert scores.official.total == Counts(1, 0, 1)


def test_predictions_for_other_sentences_are_refused(gm: Corpus, jnlpba: Corpus) -> None:
    for corpus in (gm, jnlpba, Corpus(**OWN)):
        with pytest.raises(ValueError, match=r"shorter|longer"):
            final_scores(corpus, [[]])


def test_the_counts_of_many_sentences_add_up() -> None:
    sentences = tuple(Sentence(str(number), ("a",) * 25, GOLD) for number in range(5_000))
    corpus = Corpus(name="own", train=sentences, test=sentences, files=())
    scores = final_scores(corpus, [GOLD] * 5_000)
    assert len(scores.strict.counts) == 5_000
    assert (scores.strict.total.tp, scores.strict.total.fp, scores.strict.total.fn) == (5_000 * len(GOLD), 0, 0)
