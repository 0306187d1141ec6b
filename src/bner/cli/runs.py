"""`bner runs` and `bner ui`: tracked runs in the terminal and in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Experiment, Mlruns, StoreUri


def runs(
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
) -> None:
    """List the tracked runs with their scores, the newest first."""
    from bner.tracking.listing import runs_table
    from bner.tracking.store import tracking_uri

    table = runs_table(tracking_uri(uri, mlruns), experiment)
    print(table.to_string(index=False, float_format="%.4f", na_rep="-") if len(table) else "there are no runs yet")


def ui(
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
    port: Annotated[int, typer.Option(help="Of this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow UI, and say under which address it shows the runs with their scores."""
    from bner.tracking.store import tracking_uri
    from bner.tracking.ui import serve

    serve(tracking_uri(uri, mlruns), experiment, mlruns, port)
