"""Read a tracked run and its artifacts, and add artifacts to one that has ended."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.masking import masked
from bner.tracking.environment import environment
from bner.tracking.lookup import CONFIG
from bner.tracking.store import sqlite_file
from bner.tracking.store_errors import store_errors


def get_run(uri: str, run_id: str) -> Run:
    """Return a run of a store.

    Raises:
        BnerError: there is no such store or run, or the store does not answer.
    """
    with store_errors(uri, "does not answer"):
        try:
            return _client(uri).get_run(run_id)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise BnerError(
                f"{run_id} names no run of the MLflow store {masked(uri)}: `bner runs` lists the identifiers."
            ) from error


@contextmanager
def artifact(uri: str, run_id: str, path: str) -> Iterator[Path]:
    """Download an artifact of a run into a temporary folder, which is removed at the end of the block.

    Args:
        uri: of the store.
        run_id: of the run.
        path: of the artifact, a file or a folder, as in `tables/by_sentence.csv`.

    Raises:
        BnerError: there is no such store.
        FileNotFoundError: the run has no such artifact.
    """
    client = _client(uri)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with environment(MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false"):
                file = Path(client.download_artifacts(run_id, path, folder))
        except (OSError, MlflowException) as error:
            raise FileNotFoundError(f"run {run_id} has no artifact {path}") from error
        yield file


def read_config(uri: str, run_id: str, said: str) -> str:
    """Return the text of a run's config.yaml.

    Args:
        uri: of the store.
        run_id: of the run.
        said: the run, for messages.

    Raises:
        BnerError: there is no such store, or the run has no configuration.
    """
    try:
        with artifact(uri, run_id, CONFIG) as file:
            return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BnerError(f"{said} has no artifact {CONFIG}: name a run of train.py that has ended.") from error


def add_text(uri: str, run_id: str, text: str, path: str) -> None:
    """Add a text to the artifacts of a run, which may have ended; its status stays as it is.

    Args:
        uri: of the store.
        run_id: of the run.
        text: the artifact's content; passwords in it are masked.
        path: of the artifact, as in `tables/features.csv`.

    Raises:
        BnerError: there is no such store, or it does not accept the artifact.
    """
    client = _client(uri)
    with store_errors(uri, f"does not accept {path} of run {run_id}"):
        client.log_text(run_id, masked(text), path)


def add_folder(uri: str, run_id: str, folder: Path) -> None:
    """Add the files of a folder's subfolders to the artifacts of a run, which may have ended; see `add_text`.

    Args:
        uri: of the store.
        run_id: of the run.
        folder: its subfolders are those of the artifacts.

    Raises:
        BnerError: there is no such store, or it does not accept them.
    """
    client = _client(uri)
    with store_errors(uri, f"does not accept artifacts of run {run_id}"):
        client.log_artifacts(run_id, str(folder))


def _client(uri: str) -> MlflowClient:
    file = sqlite_file(uri)
    if file is not None and not file.is_file():
        raise BnerError(f"there is no MLflow database {file}: name the folder of another one with --mlruns FOLDER.")
    return MlflowClient(uri)
