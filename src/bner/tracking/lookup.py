"""Create runs, find them again by identifier or by variant, and read the configuration they were started with."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException

from bner.errors import BnerError
from bner.masking import masked
from bner.tracking.environment import environment
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.store import open_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import KEY, SETTINGS, source_tags

CONFIG = "config.yaml"


def begin_run(
    store: RunStore, name: str, params: Mapping[str, Any], tags: Mapping[str, str], source: str = "train.py"
) -> TrackedRun:
    """Create a run with its parameters and tags, passwords in them masked.

    Args:
        store: the store and experiment.
        name: the run's name.
        params: its parameters.
        tags: its tags, beside MLflow's standard tags of source and user.
        source: the program, as the MLflow UI shows it.

    Raises:
        BnerError: the store cannot be opened, or does not accept the run.
    """
    client, experiment_id = open_store(store.uri, store.experiment)
    every = {key: masked(value) for key, value in {**source_tags(source), **tags}.items()}
    with store_errors(store.uri, "does not accept the run"):
        created = client.create_run(experiment_id, run_name=masked(name), tags=every)
        run = TrackedRun(client, store, created.info.run_id)
        run.log_params(params)
    return run


def distinct_name(store: RunStore, name: str, settings_hash: str) -> str:
    """Return a name that no run with other settings has: the one given, or with the beginning of the settings' hash.

    Names follow the words of a command line. A run that Python starts may have the words of another one, or none.

    Raises:
        BnerError: the store cannot be opened.
    """
    client, experiment_id = open_store(store.uri, store.experiment)
    text = masked(name).replace("'", "")
    with store_errors(store.uri, "does not answer"):
        found = client.search_runs([experiment_id], f"attributes.run_name = '{text}'")
    others = any(run.data.tags.get(SETTINGS, settings_hash) != settings_hash for run in found)
    return f"{name}-{settings_hash[:6]}" if others else name


def find_variant(store: RunStore, key: str) -> TrackedRun | None:
    """Find the run of the variant with this key: a finished one, or else the latest that was interrupted.

    Raises:
        BnerError: the store cannot be opened.
    """
    client, experiment_id = open_store(store.uri, store.experiment)
    with store_errors(store.uri, "does not answer"):
        found = client.search_runs([experiment_id], f"tags.`{KEY}` = '{key}'")  # the latest first
        if not found:
            return None
        finished = [run for run in found if run.info.status == "FINISHED"]
        return TrackedRun(client, store, (finished or found)[0].info.run_id)


def find_run(store: RunStore, run_id: str) -> TrackedRun:
    """Find a run that is to be resumed.

    Raises:
        BnerError: there is no such run, or it is FINISHED.
    """
    client, _ = open_store(store.uri, store.experiment)
    with store_errors(store.uri, "does not answer"):
        try:
            run = TrackedRun(client, store, run_id)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise BnerError(
                f"resume={run_id} names no run of the MLflow store {store.address}: check the identifier, "
                "`bner runs` lists them."
            ) from error
    if run.info.status == "FINISHED":
        raise BnerError(f"run {run_id} ({run.name}) is FINISHED: there is nothing to resume, start a new run.")
    return run


def stored_config(run: TrackedRun) -> str:
    """Return the text of the run's config.yaml.

    Raises:
        BnerError: the run has none.
    """
    with tempfile.TemporaryDirectory() as folder, environment(MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false"):
        try:
            return Path(run.client.download_artifacts(run.id, CONFIG, folder)).read_text(encoding="utf-8")
        except (OSError, MlflowException) as error:
            raise BnerError(f"run {run.id} has no artifact {CONFIG}: it cannot be resumed, start a new run.") from error
