"""`bner compare`: tests of whether two runs differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Mlruns, StoreUri


def compare_runs(
    first: Annotated[str, typer.Argument(metavar="RUN_A", help="Identifier of a run.")],
    second: Annotated[str, typer.Argument(metavar="RUN_B", help="Identifier of the run to compare with it.")],
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    resamples: Annotated[int, typer.Option(help="Random resamples of each test.", min=100)] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test the difference of F1, RUN_B minus RUN_A, and track each test in the experiment bner-significance."""
    import json

    from bner.report.compare import compare
    from bner.report.significance_runs import EXPERIMENT, track
    from bner.tracking.scores import read_scores
    from bner.tracking.store import tracking_uri

    store = tracking_uri(uri, mlruns)
    comparison = compare(read_scores(store, first), read_scores(store, second), resamples, seed)
    table = comparison.table()
    table["run"] = track(comparison, store, mlruns.absolute() / "checkpoints")
    if as_json:
        runs = {"first": first, "second": second, "resamples": resamples, "seed": seed}
        tests = table.astype(object).where(table.notna(), None).to_dict("records")  # JSON has no NaN
        print(json.dumps({**runs, "tests": tests}, indent=1))
        return
    print(f"F1 of {comparison.second.name} ({second})\nminus {comparison.first.name} ({first}), with 95 % intervals:")
    shown = table.drop(columns="run")
    print(shown.to_string(index=False, float_format="%.4f", formatters={"p": "{:.2g}".format}, na_rep="-"))
    print(f"tracked in the experiment {EXPERIMENT}, see `bner ui --experiment {EXPERIMENT}`")
