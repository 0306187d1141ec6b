"""Fill a table of the paper from tracked runs: scores over seeds, effects on a baseline, the paper's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import pandas as pd

from bner.analysis.kinds import TestKind
from bner.analysis.significance import holm
from bner.report.cells import Cell, Results, command_for
from bner.report.compare import Comparison, Tested, compare_variants
from bner.report.compare import Row as Effect
from bner.report.paper import GM, JNLPBA, implied_f1
from bner.report.tables import Row, Table

RULE = "official"


@dataclass(frozen=True)
class FilledRow:
    """A row of a table on one corpus.

    Attributes:
        row: the table's row.
        cell: its runs; none where it is missing.
        comparison: the row's variant against its baseline by the corpus's official rule, p corrected over the table's
            rows on this corpus; None for the baseline itself and where either has no runs.
        missing: the command that fills the cell, where it has no runs.
    """

    row: Row
    cell: Cell
    comparison: Comparison | None
    missing: str | None

    @property
    def effect(self) -> Effect | None:
        """The effect with its interval and p, where the row is compared."""
        return None if self.comparison is None else self.comparison.rows[0]


def fill(results: Results, table: Table, corpus: str, resamples: int = 10_000, seed: int = 1) -> list[FilledRow]:
    """Fill the rows of a table on a corpus.

    Each row is compared with its baseline by the paired bootstrap over sentences and seeds; p is corrected by Holm's
    method over the rows of the table on this corpus.

    Args:
        results: the finished runs.
        table: the table.
        corpus: the corpus.
        resamples: of the bootstrap.
        seed: of the resamples.

    Raises:
        BnerError: a run has no counts by sentence, or runs are of different test parts.
    """
    filled = []
    for row in table.rows:
        cell = results.cell(corpus, row.variant)
        beside = results.cell(corpus, row.baseline) if row.baseline else None
        comparison = None
        if beside is not None and cell.runs and beside.runs:
            comparison = compare_variants(
                results.scores(beside), {row.label: results.scores(cell)}, resamples, seed,
                name=str(beside.variant), tests=[TestKind.BOOTSTRAP], rules=[RULE],
            )  # fmt: skip
        runs = [run for other in table.rows for run in results.cell(corpus, other.variant).runs]
        missing = command_for(cell, runs or next(iter(results.cells.values())).runs) if not cell.runs else None
        filled.append(FilledRow(row, cell, comparison, missing))
    return _corrected(filled)


def frame(rows: Sequence[FilledRow]) -> pd.DataFrame:
    """Return the filled rows as a table of fractions, a row a cell; NaN where there is no value.

    The columns `paper_f1` is the paper's own value, where its prose gives or implies one: no result of these runs.
    """
    return pd.DataFrame([_values(each) for each in rows])


def _values(each: FilledRow) -> dict[str, object]:
    cell, variant, effect = each.cell, each.cell.variant, each.effect
    nan = float("nan")
    return {
        "corpus": cell.corpus, "row": each.row.label, "model": variant.model, "embedding": variant.embedding,
        "vectors": variant.vectors, "char": variant.char, "decoder": variant.decoder, "settings": variant.settings,
        "seeds": len(cell.runs),
        "dev_f1": cell.mean("dev/best_f1"),
        "precision": cell.mean("test/official_precision"), "recall": cell.mean("test/official_recall"),
        "f1": cell.mean("test/official_f1"), "f1_deviation": cell.deviation("test/official_f1"),
        "strict_f1": cell.mean("test/f1"), "strict_f1_deviation": cell.deviation("test/f1"),
        "baseline": str(each.row.baseline) if each.row.baseline else None,
        "effect": effect.effect if effect else nan, "low": effect.low if effect else nan,
        "high": effect.high if effect else nan,
        "p": effect.tests[0].result.p if effect else nan, "p_corrected": effect.corrected() if effect else nan,
        "paper_f1": _paper(each.row, cell.corpus), "missing": each.missing,
    }  # fmt: skip


def _paper(row: Row, corpus: str) -> float:
    if row.paper is None or corpus not in (GM, JNLPBA):
        return float("nan")
    value = implied_f1(corpus, None if row.paper == "best" else row.paper)
    return float("nan") if value is None else value / 100


def _corrected(rows: Sequence[FilledRow]) -> list[FilledRow]:
    compared = [each.effect for each in rows if each.effect]
    p_values = iter(holm([effect.tests[0].result.p for effect in compared]))
    return [each if each.effect is None else _with_p(each, next(p_values)) for each in rows]


def _with_p(each: FilledRow, p: float) -> FilledRow:
    assert each.comparison is not None
    effect = each.comparison.rows[0]
    tests: tuple[Tested, ...] = (replace(effect.tests[0], p_corrected=p), *effect.tests[1:])
    return replace(each, comparison=replace(each.comparison, rows=(replace(effect, tests=tests),)))


def by_baseline(rows: Sequence[FilledRow]) -> list[Comparison]:
    """Return the comparisons of a table on a corpus, those with one baseline together, as they are tracked."""
    compared = [each.comparison for each in rows if each.comparison]
    compared.sort(key=lambda each: each.baseline.name)
    groups = [list(group) for _, group in groupby(compared, key=lambda each: each.baseline.name)]
    return [replace(group[0], rows=tuple(row for each in group for row in each.rows)) for group in groups]
