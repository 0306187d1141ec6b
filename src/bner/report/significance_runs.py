"""Track tests of significance: a run for each in the experiment `bner-significance`, linked with the compared runs."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.analysis.significance import TestResult
from bner.report.compare import Comparison
from bner.runtime.files import written_whole
from bner.tracking.links import link_test
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore

EXPERIMENT = "bner-significance"


def track(comparison: Comparison, uri: str, folder: Path) -> list[str]:
    """Track each test of a comparison, and link it with the compared runs by tags and notes.

    Args:
        comparison: the tests.
        uri: of the MLflow store that has the compared runs.
        folder: where metrics wait for a store that does not answer.

    Returns:
        The identifiers of the tests' runs, in the order of the results.

    Raises:
        BnerError: the store does not accept them.
    """
    store = RunStore(uri, EXPERIMENT, folder)
    first, second = comparison.first, comparison.second
    found = []
    for rule, result in comparison.results:
        params = {
            "first": first.run_id, "second": second.run_id, "corpus": first.corpus, "rule": rule, "test": result.test,
            "unit": result.unit, "resamples": result.resamples, "seed": comparison.seed,
        }  # fmt: skip
        tags = {"kind": "significance", "compare.first": first.run_id, "compare.second": second.run_id}
        run = begin_run(store, f"{result.test}, {rule}: {second.name} - {first.name}", params, tags, "bner compare")
        with run.recording(system_metrics=False):
            values = {"effect": result.effect, "low": result.low, "high": result.high, "p": result.p}
            run.log_metrics({key: value for key, value in values.items() if not math.isnan(value)})
            run.log_text(comparison.table().to_csv(index=False), "tables/comparison.csv")
            if result.distribution is not None:
                with tempfile.TemporaryDirectory() as name:
                    file = Path(name) / "distribution.png"
                    _histogram(result, result.distribution, file)
                    run.log_file(file, "figures")
        said = f"{result.test}, {rule}, p = {result.p:.4g}"
        link_test(run, {first.run_id: second.name, second.run_id: first.name}, said)
        found.append(run.id)
    return found


def _histogram(result: TestResult, distribution: NDArray[np.float64], path: Path) -> None:
    """Draw the distribution of the effect over the resamples, and the observed effect."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(100 * distribution, bins=60, color="tab:gray")
    axes.axvline(100 * result.effect, color="tab:blue", label="observed")
    axes.set_xlabel("difference of F1, points")
    axes.set_ylabel("resamples")
    axes.set_title(f"{result.test} over {result.unit}, p = {result.p:.4g}", fontsize=10)
    axes.legend()
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
