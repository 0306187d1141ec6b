"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Mlruns = Annotated[Path, typer.Option(help="Folder with mlflow.db.", metavar="FOLDER")]
StoreUri = Annotated[
    str | None,
    typer.Option(help="URI of another MLflow store, instead of FOLDER.", envvar="MLFLOW_TRACKING_URI", metavar="URI"),
]
Experiment = Annotated[str, typer.Option(help="Name of the MLflow experiment.", metavar="NAME")]
Data = Annotated[
    Path | None,
    typer.Option(help="Data folder, where it is not the run's.", envvar="BNER_DATA", metavar="FOLDER"),
]
