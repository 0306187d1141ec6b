"""`bner compare`: tests of whether two runs, or the variants of a sweep, differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.analysis.kinds import TestKind
from bner.cli.options import Mlruns, StoreUri
from bner.errors import BnerError


def compare(
    first: Annotated[str | None, typer.Argument(metavar="RUN_A", help="Identifier of a run.")] = None,
    second: Annotated[str | None, typer.Argument(metavar="RUN_B", help="The run to compare with it.")] = None,
    sweep: Annotated[
        str | None, typer.Option("--experiment", metavar="SWEEP", help="A sweep, as table2: compare its variants.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="VARIANT", help="Variant of the sweep to compare the others with, or a part.")
    ] = None,
    corpus: Annotated[str | None, typer.Option(metavar="NAME", help="Only the sweep's runs on this corpus.")] = None,
    finished_only: Annotated[
        bool, typer.Option("--finished-only", help="Compare the finished runs of a sweep that has not ended.")
    ] = False,
    test: Annotated[list[TestKind] | None, typer.Option(help="A test to make; again for more. All without it.")] = None,
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    mlflow_experiment: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the MLflow experiment that has the sweep's runs.")
    ] = "bner",
    resamples: Annotated[int, typer.Option(help="Random resamples of each test.", min=100)] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test the difference of F1: RUN_B minus RUN_A, or each variant of a sweep minus the baseline.

    Each test is tracked in the MLflow experiment bner-significance.
    """
    import json

    from bner.report.compare_text import two_runs_text, two_runs_values, variants_text, variants_values
    from bner.report.compare_tracked import compare_runs, compare_sweep
    from bner.report.significance_runs import track
    from bner.tracking.store import tracking_uri
    from bner.tracking.views import TESTS_EXPERIMENT

    store, folder = tracking_uri(uri, mlruns), mlruns.absolute() / "checkpoints"
    if first and second and not (sweep or baseline or corpus):
        comparison = compare_runs(store, first, second, resamples, seed, test)
        values = two_runs_values(comparison, track(comparison, store, folder))
        said = two_runs_text(comparison)
    elif sweep and baseline and not first:
        found = compare_sweep(store, mlflow_experiment, sweep, baseline, corpus, resamples, seed, test, finished_only)
        values = {"corpora": [variants_values(each, track(each, store, folder)) for each in found]}
        said = "\n\n".join(variants_text(each) for each in found)
    else:
        raise BnerError("bner compare needs either RUN_A and RUN_B, or --experiment SWEEP and --baseline VARIANT.")
    if as_json:
        print(json.dumps(values, indent=1))
    else:
        print(f"{said}\ntracked in the experiment {TESTS_EXPERIMENT}, see `bner ui --experiment {TESTS_EXPERIMENT}`")
