"""`bner baseline`: the CRF on hand-made features, tracked like every run of train.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def baseline(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings of conf/baseline.yaml, as in corpus=jnlpba seed=2."),
    ] = None,
    mlruns: Annotated[
        Path | None, typer.Option(help="Folder with mlflow.db; by default paths.mlruns.", metavar="FOLDER")
    ] = None,
    conf: Annotated[Path, typer.Option(help="Folder of the configuration.", metavar="FOLDER")] = Path("conf"),
) -> None:
    """Train, score and track a CRF on hand-made features, the rival that the paper argues against."""
    from bner.experiments.baseline import run_baseline

    run_baseline(overrides or [], conf, mlruns)
