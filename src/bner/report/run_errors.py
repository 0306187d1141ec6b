"""The errors of one run: found, counted, and chosen by category and type."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bner.analysis.error_tables import ErrorTables, error_tables
from bner.analysis.errors import Category, Error, SentenceSpans, find_errors
from bner.analysis.sentence_spans import sentence_spans
from bner.errors import BnerError
from bner.report.predictions import RunPredictions

LISTING = ("sentence", "side", "category", "kind", "type", "tokens", "accepted")


@dataclass(frozen=True, eq=False)
class RunErrors:
    """The errors of a run.

    Attributes:
        run: its predictions and its corpus.
        spans: the gold and predicted mentions of each test sentence.
        errors: every false positive and false negative by the strict rule, sentence by sentence.
        tables: their counts.
    """

    run: RunPredictions
    spans: tuple[SentenceSpans, ...]
    errors: tuple[Error, ...]
    tables: ErrorTables

    def chosen(self, category: str | None = None, type_: str | None = None) -> tuple[Error, ...]:
        """Return the errors of one category, or of all, and of one mention type, or of all.

        The type is that of the mention in error: the predicted one of a false positive, the gold one of a false
        negative.

        Raises:
            BnerError: there is no such category, or the corpus has no such type.
        """
        categories, types = [each.value for each in Category], self.run.corpus.types
        if category is not None and category not in categories:
            raise BnerError(f"there is no category {category} of errors: use one of {', '.join(categories)}.")
        if type_ is not None and type_ not in types:
            raise BnerError(
                f"corpus {self.run.corpus.name} has no mention type {type_}: use one of {', '.join(types)}."
            )
        return tuple(
            each
            for each in self.errors
            if (category is None or each.category == category) and (type_ is None or each.mention.type == type_)
        )

    def listing(self) -> pd.DataFrame:
        """Return a row an error, without its text: sentence (its number), side, category, kind, type, tokens, accepted.

        `tokens` is the length of the mention in error, `accepted` whether the official score does not count the error.
        """
        rows = [
            (each.sentence, each.side.value, each.category.value, each.category.kind, each.mention.type,
             each.mention.end - each.mention.start, int(each.accepted))
            for each in self.errors
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(LISTING))


def analyse_errors(run: RunPredictions) -> RunErrors:
    """Find and count the errors of a run."""
    spans = sentence_spans(run.corpus, run.predicted)
    errors = find_errors(spans)
    return RunErrors(run, spans, errors, error_tables(spans, errors, run.corpus.types))
