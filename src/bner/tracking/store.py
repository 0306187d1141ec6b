"""Where runs are kept: sqlite with its artifacts beside it, or an MLflow server."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.runtime.files import written_whole
from bner.runtime.locks import wait_for_lock
from bner.tracking.answers import FAILURES, problem

_SQLITE = "sqlite:///"


def tracking_uri(uri: str | None, mlruns: Path) -> str:
    """The URI as given, or sqlite at `mlruns`/mlflow.db."""
    return uri or f"{_SQLITE}{mlruns.absolute()}/mlflow.db"


def open_store(uri: str, experiment: str) -> tuple[MlflowClient, str]:
    """A client of the store, made where it does not exist yet, and the identifier of the experiment.

    A sqlite store keeps its artifacts in the folder `artifacts` beside its file.

    Raises:
        BnerError: the store cannot be opened or made.
    """
    for name in ("alembic", "mlflow.system_metrics.system_metrics_monitor"):  # they tell of every table
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("mlflow.store.db.utils", "urllib3.connectionpool"):  # what they say comes as exceptions, too
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        if uri.startswith(_SQLITE):
            folder = Path(uri.removeprefix(_SQLITE)).absolute().parent
            folder.mkdir(parents=True, exist_ok=True)
            with wait_for_lock(folder / ".mlflow.db.lock"):  # several processes that make the database at once break it
                _make(Path(uri.removeprefix(_SQLITE)))
                return _opened(uri, experiment, (folder / "artifacts").as_uri())
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # who waits, and how long, is said by the outbox
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "1")
        return _opened(uri, experiment, None)
    except FAILURES as error:
        raise BnerError(
            f"the MLflow store {uri} cannot be opened ({problem(error)}): check MLFLOW_TRACKING_URI or paths.mlruns."
        ) from error


def _make(file: Path) -> None:
    """Makes the database whole or not at all: MLflow cannot go on with one that it was kept from completing."""
    if not file.exists():
        with written_whole(file) as temporary:
            MlflowClient(f"{_SQLITE}{temporary}").search_experiments(max_results=1)


def _opened(uri: str, experiment: str, location: str | None) -> tuple[MlflowClient, str]:
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        try:
            return client, str(client.create_experiment(experiment, artifact_location=location))
        except MlflowException:
            found = client.get_experiment_by_name(experiment)  # another process has just made it
            if found is None:
                raise
    return client, str(found.experiment_id)
