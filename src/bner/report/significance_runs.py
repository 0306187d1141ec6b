"""Track tests of significance: a run for each in the experiment `bner-significance`, linked with the compared runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.analysis.kinds import TestKind
from bner.analysis.significance import TestResult
from bner.report.compare import Comparison, Row, Tested, Variant, paired_runs
from bner.runtime.files import written_whole
from bner.tracking.runs import RunStore
from bner.tracking.significance import ComparedVariant, TestRecord, record_tests
from bner.tracking.views import TESTS_EXPERIMENT


def track(comparison: Comparison, uri: str, folder: Path) -> list[str]:
    """Track each test of a comparison, and link it with the compared runs by tags and notes.

    A test that is tracked already, with the same runs, settings and result, keeps its run.

    Args:
        comparison: the tests.
        uri: of the MLflow store that has the compared runs.
        folder: where metrics wait for a store that does not answer.

    Returns:
        The identifiers of the tests' runs, in the order of the comparison's table.

    Raises:
        BnerError: the store does not accept them.
    """
    return record_tests(RunStore(uri, TESTS_EXPERIMENT, folder), list(_records(comparison)))


def _records(comparison: Comparison) -> Iterator[TestRecord]:
    baseline, table = comparison.baseline, comparison.table().to_csv(index=False)
    for row in comparison.rows:
        for tested in row.tests:
            result = tested.result
            first, second = baseline, row.variant
            if tested.kind is TestKind.SEEDS:
                pairs = paired_runs(baseline, row.variant)
                first = Variant(first.name, tuple(run for run, _ in pairs))
                second = Variant(second.name, tuple(run for _, run in pairs))
            values = {"effect": result.effect, "low": result.low, "high": result.high, "p": result.p,
                      "p_corrected": tested.p_corrected}  # fmt: skip
            yield TestRecord(
                name=f"{result.test}, {row.rule}: {second.name} - {first.name}",
                first=_side(first),
                second=_side(second),
                params={
                    "corpus": comparison.corpus, "rule": row.rule, "test": result.test, "unit": result.unit,
                    "resamples": str(result.resamples), "seed": str(comparison.seed),
                    "corrected_over": str(sum(each.rule == row.rule for each in comparison.rows)),
                },
                metrics={key: value for key, value in values.items() if not math.isnan(value)},
                said=_said(row, tested),
                write=partial(_write, table, result),
            )  # fmt: skip


def _side(variant: Variant) -> ComparedVariant:
    return ComparedVariant(variant.name, tuple((run.run_id, run.name) for run in variant.runs))


def _said(row: Row, tested: Tested) -> str:
    corrected = "" if tested.p_corrected == tested.result.p else f", corrected {tested.p_corrected:.2g}"
    return f"{tested.kind}, {row.rule}, p = {tested.result.p:.2g}{corrected}"


def _write(table: str, result: TestResult, folder: Path) -> None:
    with written_whole(_made(folder / "tables" / "comparison.csv")) as temporary:
        temporary.write_text(table, encoding="utf-8")
    if result.distribution is not None:
        _histogram(result, result.distribution, _made(folder / "figures" / "distribution.png"))


def _made(path: Path) -> Path:
    path.parent.mkdir()
    return path


def _histogram(result: TestResult, distribution: NDArray[np.float64], path: Path) -> None:
    """Draw the distribution of the effect over the resamples, and the observed effect."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(100 * distribution, bins=60, color="tab:gray", histtype="stepfilled")
    axes.axvline(100 * result.effect, color="tab:blue", label="observed")
    axes.set_xlabel("difference of F1, points")
    axes.set_ylabel("resamples")
    axes.set_title(f"{result.test} over {result.unit}, p = {result.p:.4g}", fontsize=10)
    axes.legend()
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
