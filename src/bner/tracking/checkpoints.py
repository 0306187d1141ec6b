"""The best checkpoint of a run as an artifact, and its entry among MLflow's logged models."""

from __future__ import annotations

import re
from pathlib import Path

from mlflow.entities import LoggedModelOutput
from mlflow.exceptions import MlflowException

from bner.tracking.runs import TrackedRun
from bner.tracking.tags import NOTE

FOLDER = "checkpoints"
_TYPE = "checkpoint"
_NOT_IN_NAMES = re.compile(r"[/:.%\"']")


def log_checkpoint(run: TrackedRun, path: Path) -> None:
    """Upload a run's best checkpoint, and list it among the logged models of the run and of its experiment.

    The logged model holds a description only, which names the checkpoint: MLflow itself cannot load it.

    Args:
        run: the run.
        path: the checkpoint.

    Raises:
        BnerError: the store has not answered for the time that the run waits for it.
    """
    run.log_file(path, FOLDER)
    artifact = f"{FOLDER}/{path.name}"
    text = (
        f"# {run.name}\n\nThe weights of the epoch with the best dev F1: the artifact `{artifact}` of run `{run.id}`, "
        "a Lightning checkpoint without pickled code. `python train.py checkpoint=FILE` starts from it. It has none of "
        "MLflow's model flavors, so that `mlflow.pyfunc.load_model` cannot load it.\n"
    )
    run.retry(lambda: _log_model(run, f"runs:/{run.id}/{artifact}", text))


def _log_model(run: TrackedRun, checkpoint: str, text: str) -> None:
    client = run.client
    outputs = client.get_run(run.id).outputs
    if outputs and outputs.model_outputs:  # an interrupted attempt
        return
    try:
        model = client.create_logged_model(
            run.info.experiment_id,
            name=_NOT_IN_NAMES.sub("_", run.name),
            source_run_id=run.id,
            tags={"checkpoint": checkpoint, NOTE: text},
            model_type=_TYPE,
        )
    except MlflowException as error:
        if error.error_code == "ENDPOINT_NOT_FOUND":  # a server older than MLflow 3 has no logged models
            return
        raise
    client.log_outputs(run.id, [LoggedModelOutput(model.model_id, step=0)])
    client.finalize_logged_model(model.model_id, "READY")
