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
    from bner.masking import masked
    from bner.tracking.listing import runs_table
    from bner.tracking.store import tracking_uri

    address = tracking_uri(uri, mlruns)
    table = runs_table(address, experiment).drop(columns="variant")
    if table.empty:
        print(f"experiment {experiment} in {masked(address)} has no runs yet")
    else:
        print(table.to_string(index=False, float_format="%.4f", na_rep="-"))


def ui(
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
    port: Annotated[int, typer.Option(help="Port of the server on this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow UI and print the addresses of the runs with their scores."""
    from bner.tracking.store import tracking_uri
    from bner.tracking.ui import serve

    serve(tracking_uri(uri, mlruns), experiment, mlruns, port)
