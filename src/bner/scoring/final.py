"""The scores of a finished model on the test part of a corpus, by the rules of that corpus.

`final_scores` is a single-dispatch function on the class of the corpus: a class of one's own is scored by strict spans
unless `final_scores.register` gives it rules of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

import numpy as np

from bner.corpora import gm
from bner.corpora.bies import mentions_to_iob2
from bner.corpora.corpus import Corpus
from bner.corpora.gm import GMCorpus
from bner.corpora.iob2 import IOB2Corpus
from bner.corpora.sentence import Mention
from bner.runtime.files import written_whole
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import ALL, jnlpba_counts
from bner.scoring.spans import CountsArray, SentenceCounts, strict_counts

STRICT, OFFICIAL = "strict", "official"


@dataclass(frozen=True)
class FinalScores:
    """Strict and official counts by sentence, and the table that the corpus's task reports.

    Attributes:
        strict: spans that agree in both ends and in type.
        official: by the corpus's own rule.
        table: the counts of each row of the task's table, by a mention type (or `all`) and a rule.
    """

    strict: SentenceCounts
    official: SentenceCounts
    table: dict[tuple[str, str], SentenceCounts]

    def metrics(self) -> dict[str, float]:
        """Return the scores as fractions, under the names by which they are tracked."""
        return {
            f"test/{prefix}{name}": getattr(scores.total, name)
            for prefix, scores in (("", self.strict), ("official_", self.official))
            for name in ("precision", "recall", "f1")
        }

    def write_table(self, path: Path) -> None:
        """Write the table as CSV, the whole file or nothing: counts and fractions of each type and rule."""
        rows = []
        for (type_, rule), scores in self.table.items():
            row = scores.total
            fractions = [f"{value:.6f}" for value in (row.precision, row.recall, row.f1)]
            rows.append([type_, rule, row.tp, row.fp, row.fn, *fractions])
        _write_csv(path, ["type", "rule", "tp", "fp", "fn", "precision", "recall", "f1"], rows)

    def write_by_sentence(self, path: Path) -> None:
        """Write the counts of each test sentence as CSV, the whole file or nothing.

        The sums of the columns are the counts of the scores.
        """
        header = ["sentence", *(f"{rule}_{count}" for rule in (OFFICIAL, STRICT) for count in ("tp", "fp", "fn"))]
        counts = np.hstack([self.official.counts, self.strict.counts]).tolist()
        rows = ([name, *row] for name, row in zip(self.strict.identifiers, counts, strict=True))
        _write_csv(path, header, rows)


@singledispatch
def final_scores(corpus: Corpus, predicted: Sequence[Sequence[Mention]]) -> FinalScores:
    """Score the mentions predicted for each test sentence of a corpus.

    The rules are those of the corpus's class; without rules of its own, strict spans, for each type and over all.

    Raises:
        ValueError: there is another number of sentences than in the test part.
    """

    gold = [sentence.mentions for sentence in corpus.test]
    table = {(ALL, STRICT): strict_counts(gold, predicted)}
    for type_ in corpus.types:
        table[type_, STRICT] = strict_counts(_of_type(type_, gold), _of_type(type_, predicted))
    return _final(corpus, table, (ALL, STRICT), (ALL, STRICT))


@final_scores.register(GMCorpus)
def _(corpus: GMCorpus, predicted: Sequence[Sequence[Mention]]) -> FinalScores:
    # Both scores compare character offsets with GENE.eval, the strict one without the alternatives.
    found = {
        sentence.identifier: gm.to_annotations(sentence, mentions)
        for sentence, mentions in zip(corpus.test, predicted, strict=True)
    }
    names = list(found)
    table = {
        (gm.TYPE, STRICT): gm_counts(names, corpus.genes, {}, found),
        (gm.TYPE, OFFICIAL): gm_counts(names, corpus.genes, corpus.alternatives, found),
    }
    return _final(corpus, table, (gm.TYPE, STRICT), (gm.TYPE, OFFICIAL))


@final_scores.register(IOB2Corpus)
def _(corpus: IOB2Corpus, predicted: Sequence[Sequence[Mention]]) -> FinalScores:
    gold = [mentions_to_iob2(len(sentence.tokens), sentence.mentions) for sentence in corpus.test]
    found = [
        mentions_to_iob2(len(sentence.tokens), mentions)
        for sentence, mentions in zip(corpus.test, predicted, strict=True)
    ]
    # JNLPBA's fully correct mentions are what strict spans are.
    return _final(corpus, jnlpba_counts(gold, found, corpus.types), (ALL, "full"), (ALL, "full"))


def _of_type(type_: str, sentences: Iterable[Iterable[Mention]]) -> list[list[Mention]]:
    return [[mention for mention in mentions if mention.type == type_] for mentions in sentences]


def _final(
    corpus: Corpus, table: dict[tuple[str, str], CountsArray], strict: tuple[str, str], official: tuple[str, str]
) -> FinalScores:
    identifiers = tuple(sentence.identifier for sentence in corpus.test)
    rows = {key: SentenceCounts(identifiers, counts) for key, counts in table.items()}
    return FinalScores(rows[strict], rows[official], rows)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
