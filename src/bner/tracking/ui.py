"""Serve the MLflow UI of a store, with views of the runs and their scores."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from bner.errors import BnerError
from bner.tracking.next_steps import HOST, server_address
from bner.tracking.views import (
    offer_tests_view,
    offer_views,
    scores_page,
    significance_experiment,
    tests_page,
    tracked_variants,
)

# Of a library of MLflow's server, on every start; there is nothing that its user could do about it.
_WARNING = "ignore:starlette.middleware.wsgi is deprecated"


def serve(uri: str, experiment: str, mlruns: Path, port: int) -> None:
    """Print the addresses of the runs by corpus, then become MLflow's server unless the store is one already.

    Args:
        uri: of an MLflow store.
        experiment: its name.
        mlruns: the folder with artifacts/, where experiments that are created in the UI keep theirs.
        port: of this machine.

    Raises:
        BnerError: there is no such store or experiment, it cannot be opened, or the port is taken.
    """
    is_server = uri.startswith(("http://", "https://"))
    if not is_server:
        _check_free(port)
    experiment_id, variants = tracked_variants(uri, experiment)
    tests_id = significance_experiment(uri, experiment)
    if not variants and experiment_id != tests_id:
        print(f"experiment {experiment}: {server_address(uri, port)}/#/experiments/{experiment_id}/runs", flush=True)
    for corpus, table in variants:
        offer_views(uri, experiment, corpus, table)
    for corpus in sorted({corpus for corpus, _ in variants}):
        print(f"runs on {corpus}: {server_address(uri, port)}/{scores_page(experiment_id, corpus)}", flush=True)
    if tests_id is not None:
        offer_tests_view(uri)
        print(f"tests of significance: {server_address(uri, port)}/{tests_page(tests_id)}", flush=True)
    if is_server:
        return
    words = [
        sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1",
        "--default-artifact-root", (mlruns.absolute() / "artifacts").as_uri(),
    ]  # fmt: skip
    filters = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), _WARNING]))
    # The address may hold a password, which the list of processes would show among the arguments.
    os.execve(sys.executable, words, {**os.environ, "MLFLOW_BACKEND_STORE_URI": uri, "PYTHONWARNINGS": filters})


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BnerError(f"port {port} of this machine is taken: choose another, as --port {port + 1}.") from error
