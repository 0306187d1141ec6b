"""The scores of a finished model on the test part of a corpus, by the rules of that corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bner.corpora import gm
from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Mention
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import ALL, jnlpba_counts
from bner.scoring.spans import Counts


@dataclass(frozen=True)
class FinalScores:
    """Strict and official counts, and the table that the corpus's task reports.

    Attributes:
        strict: spans that agree in both ends and in type.
        official: by the corpus's own rule.
        table: the counts of each row of the task's table, by its name.
    """

    strict: Counts
    official: Counts
    table: dict[str, Counts]

    def metrics(self) -> dict[str, float]:
        """The names under which the scores are tracked, as fractions."""
        return {
            f"test/{prefix}{name}": getattr(counts, name)
            for prefix, counts in (("", self.strict), ("official_", self.official))
            for name in ("precision", "recall", "f1")
        }

    def csv_lines(self) -> list[str]:
        """The table as comma-separated values."""
        rows = [
            f"{name},{row.tp},{row.fp},{row.fn},{row.precision:.6f},{row.recall:.6f},{row.f1:.6f}"
            for name, row in self.table.items()
        ]
        return ["what,tp,fp,fn,precision,recall,f1", *rows]


def final_scores(corpus: Corpus, predicted: Sequence[Sequence[Mention]]) -> FinalScores:
    """Scores the mentions predicted for each test sentence of the corpus.

    In GM's format both scores compare character offsets with GENE.eval, the strict one without the alternatives.
    """
    if isinstance(corpus, gm.GMCorpus):
        found = {
            sentence.identifier: gm.to_annotations(sentence, mentions)
            for sentence, mentions in zip(corpus.test, predicted, strict=True)
        }
        strict, official = gm_counts(corpus.genes, {}, found), gm_counts(corpus.genes, corpus.alternatives, found)
        return FinalScores(strict, official, {f"{gm.TYPE} strict": strict, f"{gm.TYPE} official": official})
    counts = jnlpba_counts([sentence.mentions for sentence in corpus.test], predicted, corpus.types)
    # JNLPBA's fully correct mentions are what strict spans are.
    overall = counts[ALL, "full"]
    return FinalScores(overall, overall, {f"{type_} {match}": row for (type_, match), row in counts.items()})
