"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Mlruns = Annotated[Path, typer.Option(help="The folder with mlflow.db.", metavar="FOLDER")]
StoreUri = Annotated[
    str | None, typer.Option(help="Another MLflow store.", envvar="MLFLOW_TRACKING_URI", metavar="URI")
]
Experiment = Annotated[str, typer.Option(help="The MLflow experiment.")]
