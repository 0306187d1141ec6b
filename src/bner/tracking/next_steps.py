"""Commands and addresses that show a run or a sweep once it has ended."""

from __future__ import annotations

import shlex
from pathlib import Path

from bner.masking import masked, without_user
from bner.tracking.store import sqlite_file

HOST, PORT = "127.0.0.1", 5000  # of `bner ui`


def run_page(experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page from the server's address on."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"


def server_address(uri: str, port: int = PORT) -> str:
    """Return the address of the MLflow UI of a store: the server itself, or `bner ui` over any other store."""
    return without_user(uri).rstrip("/") if uri.startswith(("http://", "https://")) else f"http://{HOST}:{port}"


def ui_command(uri: str, experiment: str) -> str:
    """Return the command that serves the MLflow UI of a store, as short as the working directory allows."""
    words = ["bner", "ui"]
    file = sqlite_file(uri)
    if file is None or file.name != "mlflow.db":
        words += ["--uri", masked(uri)]
    elif file.parent != Path("mlruns").absolute():
        words += ["--mlruns", str(file.parent)]
    if experiment != "bner":
        words += ["--experiment", experiment]
    return shlex.join(words)


def where_to_look(what: str, uri: str, experiment: str, experiment_id: str, run_id: str) -> str:
    """Tell with which command and at which address the MLflow UI shows a run or a sweep.

    Args:
        what: run or sweep.
        uri: of the MLflow store.
        experiment: the experiment's name.
        experiment_id: its identifier.
        run_id: of the run, or of the sweep's parent run.
    """
    page = f"{server_address(uri)}/{run_page(experiment_id, run_id)}"
    if uri.startswith(("http://", "https://")):
        return f"{what} {run_id}: {page}"
    return f"{what} {run_id}: start `{ui_command(uri, experiment)}`, then open {page}"
