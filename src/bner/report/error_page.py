"""The errors of a run as one HTML page that needs no other file: tables, and sentences with highlighted mentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from itertools import groupby
from string import Template

import pandas as pd

from bner.analysis.error_tables import in_words
from bner.analysis.errors import Category, Error, SentenceSpans, Side
from bner.corpora.sentence import Mention
from bner.report.run_errors import RunErrors
from bner.report.sentence_text import SentenceText


def error_page(found: RunErrors) -> str:
    """Return the page; every text of the corpus and of the run is escaped.

    It shows the sentences that have an error, which its filters choose by category, side, type and the official score.
    """
    tables = found.tables
    categories = tables.categories.assign(category=[Category(each).label for each in tables.categories["category"]])
    confusions = tables.confusion_matrix
    sections = [
        _table("Boundary and type errors", in_words(tables.table7.reset_index())),
        _table("Categories", in_words(categories)),
        _table("Gold types (rows) predicted as others (columns)", confusions.reset_index()) if len(confusions) else "",
        _table("Shares", tables.summary),
    ]
    sentences = found.run.sentences
    cards = [
        _card(SentenceText.of(sentences[number]), found.spans[number], list(errors))
        for number, errors in groupby(found.errors, key=lambda each: each.sentence)
    ]
    used = {each.category for each in found.errors}
    template = resources.files("bner.report").joinpath("error_page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        name=escape(found.run.name),
        run_id=escape(found.run.run_id),
        corpus=escape(found.run.corpus.name),
        tables="".join(sections),
        categories=_options((each.value, each.label) for each in Category if each in used),
        types=_options((each, each) for each in found.run.corpus.types),
        cards="\n".join(cards),
    )


def _options(values: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in values)


def _table(title: str, table: pd.DataFrame) -> str:
    """Return a table; its shares are in percent, and what is a share of nothing is a dash."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in table.columns)
    rows = []
    for row in table.itertuples(index=False):
        cells = zip(map(str, table.columns), row, strict=True)
        rows.append("".join(f"<td>{escape(_cell(column, value))}</td>" for column, value in cells))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<section><h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table></section>"


def _cell(column: str, value: object) -> str:
    if column.endswith("share") and isinstance(value, float):
        return "-" if pd.isna(value) else f"{100 * value:.1f} %"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _card(text: SentenceText, spans: SentenceSpans, errors: Sequence[Error]) -> str:
    items = "".join(_item(text, error) for error in errors)
    return (
        f"<article><p><code>{escape(spans.identifier)}</code> {_highlighted(text, spans)}</p><ul>{items}</ul></article>"
    )


def _item(text: SentenceText, error: Error) -> str:
    """Return the line of an error; the filters read its data attributes."""
    what = f"{error.category.label}, {error.extent}" if error.extent else error.category.label
    counterparts = "gold" if error.side is Side.FP else "predicted"
    partners = "; ".join(_quoted(text, each) for each in error.partners)
    beside = f", {counterparts} {partners}" if error.partners else ""
    accepted = " <i>accepted by the official score</i>" if error.accepted else ""
    official = "right" if error.accepted else "wrong"
    values = {"c": error.category.value, "s": error.side.value, "t": error.mention.type, "o": official}
    data = " ".join(f'data-{key}="{escape(value)}"' for key, value in values.items())
    said = f"<b>{error.side.name}</b> {what}: {_quoted(text, error.mention)}{beside}{accepted}"
    return f"<li {data}>{said}</li>"


def _quoted(text: SentenceText, mention: Mention) -> str:
    return f"“{escape(text.words(mention))}” <small>{escape(mention.type)}</small>"


def _highlighted(text: SentenceText, spans: SentenceSpans) -> str:
    """Return the sentence with a span around each piece of a mention: gold (g), predicted (p), alternative (a).

    Mentions may cross each other, which elements cannot, so the text is cut wherever one begins or ends.
    """
    layers = (("g", "gold", spans.gold), ("p", "predicted", spans.predicted), ("a", "alternative", spans.alternatives))
    ranges = [(key, name, text.range(each), each.type) for key, name, mentions in layers for each in mentions]
    parts = []
    for start, end in text.pieces(each for _, _, mentions in layers for each in mentions):
        covering = [each for each in ranges if each[2][0] <= start and end <= each[2][1]]
        piece = escape(text.text[start:end])
        if not covering:
            parts.append(piece)
            continue
        keys = " ".join(dict.fromkeys(key + " b" * (its[0] == start and key == "g") for key, _, its, _ in covering))
        title = escape("; ".join(dict.fromkeys(f"{name} {type_}" for _, name, _, type_ in covering)))
        parts.append(f'<span class="{keys}" title="{title}">{piece}</span>')
    return "".join(parts)
