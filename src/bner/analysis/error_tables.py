"""Tables of a tagger's errors: the paper's Table 7, the categories, confusions of types, and shares of mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from bner.analysis.errors import Category, Error, SentenceSpans, Side
from bner.corpora.sentence import Mention

LONG = 3  # tokens; the paper tells the share of mentions with more


@dataclass(frozen=True, eq=False)
class ErrorTables:
    """Tables of a tagger's errors by the strict rule; shares are fractions, NaN where they are of nothing.

    Attributes:
        categories: a row for each category, with the columns `category`, `kind` (boundary or type), `fp`, `fp_share`
            (of all false positives), `fp_accepted` (those that the official score does not count), `fp_other_type`
            (those whose counterparts all have another type), and the same for `fn`.
        confusions: a row for each gold type and each other predicted type, with the columns `gold`, `predicted`,
            `errors` and `share` (of all classification errors).
        summary: a row for each share, with the columns `measure`, `part`, `whole` and `share`.
    """

    categories: pd.DataFrame
    confusions: pd.DataFrame
    summary: pd.DataFrame

    @property
    def table7(self) -> pd.DataFrame:
        """The paper's Table 7: rows `boundary`, `type` and `all`; columns `fp`, `fp_share`, `fn`, `fn_share`."""
        counts = self.categories.groupby("kind")[["fp", "fn"]].sum().reindex(["boundary", "type"], fill_value=0)
        counts.loc["all"] = counts.sum()
        for side in Side:
            total = int(counts[side.value].iloc[-1])
            counts[f"{side}_share"] = [_fraction(number, total) for number in counts[side.value]]
        return counts[["fp", "fp_share", "fn", "fn_share"]].rename_axis("error")

    @property
    def confusion_matrix(self) -> pd.DataFrame:
        """Classification errors: a row for each gold type, a column for each predicted type, 0 on the diagonal."""
        return self.confusions.pivot_table("errors", "gold", "predicted", "sum", fill_value=0).astype(int)

    def share(self, measure: str) -> float:
        """Return the share of a row of `summary`.

        Raises:
            KeyError: there is no such measure.
        """
        return float(self.summary.set_index("measure").loc[measure, "share"])  # type: ignore[arg-type]


def error_tables(sentences: Sequence[SentenceSpans], errors: Sequence[Error], types: Sequence[str]) -> ErrorTables:
    """Count the errors of a tagger.

    Args:
        sentences: the test part with its predictions.
        errors: as `find_errors` finds them in it.
        types: the mention types of the corpus.
    """
    return ErrorTables(_categories(errors), _confusions(errors, types), _summary(sentences, errors, types))


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns are named with spaces, as in `fp share`, for people to read."""
    return table.rename(columns=lambda name: str(name).replace("_", " "))


def length_shares(mentions: Iterable[Mention]) -> tuple[float, float]:
    """Return the shares of mentions that are one token long and of those longer than three (NaN without mentions).

    >>> length_shares([Mention(0, 1, "DNA"), Mention(2, 6, "DNA")])
    (0.5, 0.5)
    """
    lengths = [each.end - each.start for each in mentions]
    one, long = sum(length == 1 for length in lengths), sum(length > LONG for length in lengths)
    return _fraction(one, len(lengths)), _fraction(long, len(lengths))


def _categories(errors: Sequence[Error]) -> pd.DataFrame:
    rows = []
    for category in Category:
        row: dict[str, object] = {"category": category.value, "kind": category.kind}
        for side in Side:
            on_side = [each for each in errors if each.side is side]
            found = [each for each in on_side if each.category is category]
            row[side.value] = len(found)
            row[f"{side}_share"] = _fraction(len(found), len(on_side))
            row[f"{side}_accepted"] = sum(each.accepted for each in found)
            row[f"{side}_other_type"] = sum(each.other_type for each in found)
        rows.append(row)
    return pd.DataFrame(rows)


def _confusions(errors: Sequence[Error], types: Sequence[str]) -> pd.DataFrame:
    counts = Counter(
        (each.mention.type, each.partners[0].type)
        for each in errors
        if each.category is Category.CLASSIFICATION and each.side is Side.FN
    )
    pairs = [(gold, predicted) for gold in types for predicted in types if gold != predicted]
    rows = [(*pair, counts[pair], _fraction(counts[pair], counts.total())) for pair in pairs]
    return pd.DataFrame(rows, columns=["gold", "predicted", "errors", "share"])


def _summary(sentences: Sequence[SentenceSpans], errors: Sequence[Error], types: Sequence[str]) -> pd.DataFrame:
    rows = [
        (measure, part, whole, _fraction(part, whole)) for measure, part, whole in _shares(sentences, errors, types)
    ]
    return pd.DataFrame(rows, columns=["measure", "part", "whole", "share"])


def _shares(
    sentences: Sequence[SentenceSpans], errors: Sequence[Error], types: Sequence[str]
) -> Iterator[tuple[str, int, int]]:
    """Yield a measure, the number of its part, and the number of the whole."""
    gold = [each for spans in sentences for each in spans.gold]
    missing = [each.mention for each in errors if each.category is Category.MISSING]
    spurious = [each.mention for each in errors if each.category is Category.SPURIOUS]
    yield "gold mentions that are missing", len(missing), len(gold)
    yield "predicted mentions that are spurious", len(spurious), sum(len(spans.predicted) for spans in sentences)
    for name, mentions in (("missing", missing), ("spurious", spurious), ("gold", gold)):
        lengths = [each.end - each.start for each in mentions]
        yield f"{name} mentions one token long", lengths.count(1), len(mentions)
        yield f"{name} mentions longer than {LONG} tokens", sum(length > LONG for length in lengths), len(mentions)
    for name, mentions in (("missing", missing), ("gold", gold)):
        for type_ in types:
            yield f"{name} mentions of type {type_}", sum(each.type == type_ for each in mentions), len(mentions)
    for category in (Category.LEFT, Category.RIGHT):
        for side in Side:
            found = [each.extent for each in errors if each.category is category and each.side is side]
            yield f"{category} boundary too long, {side.name}", found.count("too long"), len(found)


def _fraction(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
