"""MLflow's UI over a store, and the address under which it shows the runs with their scores."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from bner.errors import BnerError
from bner.tracking.store import open_store
from bner.tracking.views import offer_views, scores_page

HOST = "127.0.0.1"


def serve(uri: str, experiment: str, mlruns: Path, port: int) -> None:
    """Prints the address of the runs, and becomes MLflow's server unless the store is one already.

    Args:
        uri: of an MLflow store, made where it does not exist yet.
        experiment: its name.
        mlruns: the folder with artifacts/, where experiments made in the UI keep theirs.
        port: of this machine.

    Raises:
        BnerError: the store cannot be opened, or the port is taken.
    """
    served = uri.startswith(("http://", "https://"))
    if not served:
        _check_free(port)
    offer_views(uri, experiment)
    _, experiment_id = open_store(uri, experiment)
    address = uri if served else f"http://{HOST}:{port}"
    print(f"runs with their scores: {address}/{scores_page(experiment_id)}", flush=True)
    if not served:
        words = [
            "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1",
            "--backend-store-uri", uri, "--default-artifact-root", (mlruns.absolute() / "artifacts").as_uri(),
        ]  # fmt: skip
        os.execv(sys.executable, [sys.executable, *words])


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BnerError(f"port {port} of this machine is taken: give another, as --port {port + 1}.") from error
