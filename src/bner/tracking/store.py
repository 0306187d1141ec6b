"""Open an MLflow store: sqlite with its artifacts beside it, or an MLflow server."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.masking import masked
from bner.runtime.files import written_whole
from bner.runtime.locks import wait_for_lock
from bner.tracking.store_errors import STORE_ERRORS, reason

_SQLITE = "sqlite:///"


def tracking_uri(uri: str | None, mlruns: Path) -> str:
    """Return the URI as given, else MLFLOW_TRACKING_URI, else that of sqlite at `mlruns`/mlflow.db."""
    return uri or os.environ.get("MLFLOW_TRACKING_URI") or f"{_SQLITE}{mlruns.absolute()}/mlflow.db"


def sqlite_file(uri: str) -> Path | None:
    """Return the database file of a sqlite store, None for any other store."""
    return Path(uri.removeprefix(_SQLITE)).absolute() if uri.startswith(_SQLITE) else None


def open_store(uri: str, experiment: str) -> tuple[MlflowClient, str]:
    """Open a store to write to; create the database and the experiment where they do not exist yet.

    A sqlite store keeps its artifacts in the folder `artifacts` beside its file.

    Returns:
        A client of the store, and the identifier of the experiment.

    Raises:
        BnerError: the store cannot be opened or created.
    """
    _quiet()
    file = sqlite_file(uri)
    try:
        if file is None:
            return _with_experiment(uri, experiment, None)
        file.parent.mkdir(parents=True, exist_ok=True)
        with wait_for_lock(file.parent / ".mlflow.db.lock"):  # processes that create one database at once break it
            _create(file)
            return _with_experiment(uri, experiment, (file.parent / "artifacts").as_uri())
    except STORE_ERRORS as error:
        raise _cannot_open(uri, error) from error


def read_store(uri: str, experiment: str) -> tuple[MlflowClient, str]:
    """Open a store to read from; create nothing.

    Returns:
        A client of the store, and the identifier of the experiment.

    Raises:
        BnerError: there is no database or no such experiment, or the store cannot be opened.
    """
    _quiet()
    file = sqlite_file(uri)
    if file is not None and not (file.is_file() and file.stat().st_size):
        raise BnerError(
            f"there is no MLflow database {file}: track a run with python train.py, or name the folder of another "
            "database with --mlruns FOLDER."
        )
    try:
        client = MlflowClient(uri)
        found = client.get_experiment_by_name(experiment)
        if found is not None:
            return client, str(found.experiment_id)
        others = [each.name for each in client.search_experiments()]
    except STORE_ERRORS as error:
        raise _cannot_open(uri, error) from error
    raise BnerError(
        f"the MLflow store {masked(uri)} has no experiment {experiment}, only {', '.join(others) or 'none at all'}: "
        "track a run with python train.py, or name another experiment with --experiment NAME."
    )


def _cannot_open(uri: str, error: BaseException) -> BnerError:
    return BnerError(
        f"the MLflow store {masked(uri)} cannot be opened ({reason(error)}): check MLFLOW_TRACKING_URI or paths.mlruns."
    )


def _quiet() -> None:
    """Silence log messages that errors repeat, and shorten the retries of MLflow's HTTP client."""
    for name in ("alembic", "mlflow.system_metrics.system_metrics_monitor"):  # a line for each table
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("mlflow.store.db.utils", "urllib3.connectionpool"):  # their messages come as exceptions, too
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # the metric buffer retries
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "1")


def _create(file: Path) -> None:
    """Create the database whole or not at all: MLflow cannot repair one that it was kept from completing."""
    if not file.exists():
        with written_whole(file) as temporary:
            MlflowClient(f"{_SQLITE}{temporary}").search_experiments(max_results=1)


def _with_experiment(uri: str, experiment: str, artifacts: str | None) -> tuple[MlflowClient, str]:
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        try:
            return client, str(client.create_experiment(experiment, artifact_location=artifacts))
        except MlflowException:
            found = client.get_experiment_by_name(experiment)  # another process has just created it
            if found is None:
                raise
    return client, str(found.experiment_id)
