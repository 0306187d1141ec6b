"""`bner report`, `bner save-runs` and `bner load-runs`: tracked runs as tables and figures, and as small text files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Data, Experiment, Mlruns, StoreUri


def report(
    out: Annotated[Path, typer.Option(help="Folder for the files.", metavar="FOLDER")],
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
    baseline: Annotated[
        str | None,
        typer.Option(
            help="Variant that tables compare with, without its corpus.",
            metavar="VARIANT",
            show_default="blstm on frozen biomed300 with the most runs",
        ),
    ] = None,
    data: Data = None,
    resamples: Annotated[int, typer.Option(help="Random resamples of each test.", min=100)] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 1,
) -> None:
    """Write the paper's tables and figures, and its claims with their verdicts, from tracked runs."""
    from bner.report.report import EXPERIMENT, write_report
    from bner.tracking.store import tracking_uri

    made = write_report(
        tracking_uri(uri, mlruns), experiment, out, mlruns.absolute(),
        data=data, baseline=baseline, resamples=resamples, seed=seed, said=lambda text: print(text, flush=True),
    )  # fmt: skip
    for claim in made.claims:
        for corpus in dict.fromkeys(each.corpus for each in claim.evidence):
            print(f"{claim.text}, {corpus}: {claim.verdict(corpus)}")
    if made.missing:
        print(f"{len(made.missing)} cells are missing; {out / 'report.md'} has the commands that fill them")
    print(f"{len(made.files)} files in {out}; also artifacts of run {made.run_id} in the experiment {EXPERIMENT}")


def save_runs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the records.")],
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
) -> None:
    """Write finished runs as small text files, which others can load, compare and report on without training."""
    from bner.tracking.records import save_runs
    from bner.tracking.store import tracking_uri

    written = save_runs(tracking_uri(uri, mlruns), experiment, folder)
    print(f"{len(written)} records in {folder}")


def load_runs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with records of runs.")],
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
) -> None:
    """Bring the runs of records into a store, without their predictions and weights."""
    from bner.tracking.records import load_runs
    from bner.tracking.store import tracking_uri

    new, known = load_runs(tracking_uri(uri, mlruns), experiment, folder)
    print(f"{new} runs loaded, {known} were there")
