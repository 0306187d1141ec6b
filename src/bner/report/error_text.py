"""The errors of a run for the terminal and for programs: tables, and sentences with brackets around mentions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Any

import pandas as pd

from bner.analysis.error_tables import ErrorTables, in_words
from bner.analysis.errors import Category, Error, Side
from bner.corpora.sentence import Mention
from bner.report.run_errors import RunErrors
from bner.report.sentence_text import SentenceText


def summary_text(tables: ErrorTables) -> str:
    """Return the tables of a run's errors as text, shares in percent."""
    parts = [
        ("Boundary and type errors, strict", in_words(tables.table7.reset_index())),
        ("Categories", in_words(tables.categories)),
        ("Shares", tables.summary),
    ]
    if len(tables.confusions):
        parts.insert(2, ("Gold types (rows) predicted as others (columns)", tables.confusion_matrix.reset_index()))
    return "\n\n".join(f"{title}\n{_shown(table)}" for title, table in parts)


def listing(found: RunErrors, errors: Sequence[Error], limit: int) -> Iterator[str]:
    """Yield the lines of a listing: by category, sentence by sentence, gold mentions in [], predicted ones in {}.

    A sentence shows the category's errors in it and the mentions they are compared with.

    Args:
        found: the run.
        errors: those of its errors to be listed.
        limit: sentences of each category at most.
    """
    for category in Category:
        sentences = _sentences(errors, category)
        if not sentences:
            continue
        shown = f", the first {limit} of them" if len(sentences) > limit else ""
        yield f"\n{category.label}: {_counts(chain.from_iterable(sentences))} in {len(sentences)} sentences{shown}"
        for its in sentences[:limit]:
            yield f"  {found.spans[its[0].sentence].identifier}  {_described(its)}"
            yield f"    {bracketed(SentenceText.of(found.run.sentences[its[0].sentence]), its)}"


def as_json_text(found: RunErrors, errors: Sequence[Error], limit: int | None = None) -> str:
    """Return the tables of a run and its errors as JSON; shares of nothing are null.

    Args:
        found: the run.
        errors: those of its errors to be listed.
        limit: sentences of each category at most; None is all.
    """

    def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
        plain: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
        return plain

    tables = found.tables
    content = {
        "run": found.run.run_id,
        "name": found.run.name,
        "corpus": found.run.corpus.name,
        "table7": rows(tables.table7.reset_index()),
        "categories": rows(tables.categories),
        "confusions": rows(tables.confusions),
        "summary": rows(tables.summary),
        "errors": [
            error_record(found, each)
            for category in Category
            for its in _sentences(errors, category)[:limit]
            for each in its
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def error_record(found: RunErrors, error: Error) -> dict[str, Any]:
    """Return an error as plain values; `start` and `end` count tokens, `end` is excluded."""
    text = SentenceText.of(found.run.sentences[error.sentence])

    def plain(mention: Mention) -> dict[str, Any]:
        return {"start": mention.start, "end": mention.end, "type": mention.type, "text": text.words(mention)}

    return {
        "sentence": found.spans[error.sentence].identifier,
        "side": error.side.value,
        "category": error.category.value,
        "extent": error.extent,
        "accepted": error.accepted,
        "mention": plain(error.mention),
        "partners": [plain(each) for each in error.partners],
    }


def bracketed(text: SentenceText, errors: Iterable[Error]) -> str:
    """Return a sentence with brackets around the mentions of its errors: [type: gold], {type: predicted}.

    >>> gold, predicted = Mention(1, 4, "DNA"), Mention(0, 4, "DNA")
    >>> text = SentenceText("many B lineage genes", ((0, 4), (5, 6), (7, 14), (15, 20)))
    >>> bracketed(text, [Error(0, Side.FP, Category.LEFT, predicted, (gold,), False)])
    '{DNA: many [DNA: B lineage genes]}'
    """
    gold, predicted = set[Mention](), set[Mention]()
    for error in errors:
        own, other = (predicted, gold) if error.side is Side.FP else (gold, predicted)
        own.add(error.mention)
        other.update(error.partners)
    marks: list[tuple[int, int, int, str]] = []  # position; closing before opening; nesting; text
    for mentions, (opening, closing), rank in ((predicted, "{}", 0), (gold, "[]", 1)):
        for mention in mentions:
            start, end = text.range(mention)
            marks.append((start, 1, 2 * (start - end) + rank, f"{opening}{mention.type}: "))
            marks.append((end, 0, 2 * (end - start) - rank, closing))
    parts, last = [], 0
    for position, _, _, mark in sorted(marks):
        parts += [text.text[last:position], mark]
        last = position
    return "".join([*parts, text.text[last:]])


def _sentences(errors: Sequence[Error], category: Category) -> list[list[Error]]:
    """Return the errors of a category, a list for each sentence that has one."""
    found = (each for each in errors if each.category is category)
    return [list(its) for _, its in groupby(found, key=lambda each: each.sentence)]


def _counts(errors: Iterable[Error]) -> str:
    counts = Counter(each.side for each in errors)
    return ", ".join(f"{counts[side]} {side.name}" for side in Side)


def _described(errors: Sequence[Error]) -> str:
    said = []
    for side in Side:
        its = [each for each in errors if each.side is side]
        if its:
            extents = ", ".join(dict.fromkeys(each.extent for each in its if each.extent))
            accepted = sum(each.accepted for each in its)
            notes = [extents] if extents else []
            notes += [f"{accepted} accepted by the official score"] if accepted else []
            said.append(f"{len(its)} {side.name}" + (f" ({', '.join(notes)})" if notes else ""))
    return ", ".join(said)


def _shown(table: pd.DataFrame) -> str:
    shares = [column for column in table.columns if column.endswith("share")]
    return str(table.to_string(index=False, formatters=dict.fromkeys(shares, _percent)))


def _percent(share: float) -> str:
    return "-" if pd.isna(share) else f"{100 * share:.1f} %"
