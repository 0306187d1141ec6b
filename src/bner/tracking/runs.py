"""A run in MLflow: begun or gone on with, recorded, and always ended as FINISHED, KILLED or FAILED."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor
from mlflow.tracking import MlflowClient
from pytorch_lightning.loggers import MLFlowLogger

from bner.errors import BnerError
from bner.files import written_whole
from bner.tracking.store import open_store

CONFIG = "config.yaml"
_URI_VARIABLE = "MLFLOW_TRACKING_URI"


class TrackedRun:
    """One run and what is kept of it.

    Attributes:
        id: MLflow's identifier of the run.
        name: what the MLflow UI shows.
    """

    def __init__(self, client: MlflowClient, uri: str, run_id: str) -> None:
        self.client = client
        self.uri = uri
        self.id = run_id
        self.info = client.get_run(run_id).info
        self.name = str(self.info.run_name)

    def logger(self, experiment: str) -> MLFlowLogger:
        """A Lightning logger that writes into this run."""
        return MLFlowLogger(experiment_name=experiment, tracking_uri=self.uri, run_id=self.id)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Keeps numbers that are not of an epoch."""
        now = time.time_ns() // 1_000_000
        self.client.log_batch(self.id, metrics=[Metric(key, value, now, 0) for key, value in metrics.items()])

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Keeps a copy of a file as an artifact."""
        self.client.log_artifact(self.id, str(path), folder)

    def log_text(self, text: str, path: str) -> None:
        """Keeps a text as an artifact."""
        self.client.log_text(self.id, text, path)

    def tags(self) -> dict[str, str]:
        """The run's tags."""
        return dict(self.client.get_run(self.id).data.tags)

    def history(self, metric: str) -> list[tuple[int, float]]:
        """A metric's (step, value) pairs in the order of the steps."""
        points = self.client.get_metric_history(self.id, metric)
        return sorted((point.step, point.value) for point in points)

    @contextmanager
    def recording(self, system_metrics: bool) -> Iterator[None]:
        """The run is RUNNING within the block and ends with it: FINISHED, KILLED if it was interrupted, or FAILED."""
        # Lightning's logger sets the process-wide tracking URI, and MLflow writes it into the environment, where the
        # next run of this process would take it for the user's.
        users_uri = os.environ.get(_URI_VARIABLE)
        monitor = SystemMetricsMonitor(self.id, resume_logging=True, tracking_uri=self.uri) if system_metrics else None
        status = "FAILED"
        try:
            self.client.update_run(self.id, status="RUNNING")
            if monitor:
                monitor.start()
            yield
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit):
            status = "KILLED"
            raise
        finally:
            if monitor:
                monitor.finish()
            self.client.set_terminated(self.id, status)
            os.environ.pop(_URI_VARIABLE, None)
            if users_uri is not None:
                os.environ[_URI_VARIABLE] = users_uri


def begin_run(uri: str, experiment: str, name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> TrackedRun:
    """Makes a run with its parameters and tags.

    Raises:
        BnerError: the store cannot be opened.
    """
    client, experiment_id = open_store(uri, experiment)
    created = client.create_run(experiment_id, run_name=name)
    try:
        client.log_batch(
            created.info.run_id,
            params=[Param(key, str(value)) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
    except BaseException:
        client.set_terminated(created.info.run_id, "FAILED")
        raise
    return TrackedRun(client, uri, created.info.run_id)


def find_run(uri: str, experiment: str, run_id: str) -> TrackedRun:
    """A run that is to be gone on with.

    Raises:
        BnerError: there is no such run, or it has ended as FINISHED.
    """
    client, _ = open_store(uri, experiment)
    try:
        run = TrackedRun(client, uri, run_id)
    except MlflowException as error:
        raise BnerError(f"resume={run_id} names no run of the MLflow store {uri}: check the identifier.") from error
    if run.info.status == "FINISHED":
        raise BnerError(f"run {run_id} ({run.name}) is FINISHED: there is nothing to go on with.")
    return run


def stored_config(run: TrackedRun) -> str:
    """The text of the run's config.yaml.

    Raises:
        BnerError: the run has none.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            return Path(run.client.download_artifacts(run.id, CONFIG, folder)).read_text(encoding="utf-8")
        except (OSError, MlflowException) as error:
            raise BnerError(f"run {run.id} has no artifact {CONFIG}: it cannot be gone on with.") from error


def save_learning_curve(run: TrackedRun, path: Path) -> None:
    """Draws training loss and dev scores over the epochs of a run, from what MLflow has of it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    left = figure.add_subplot()
    left.set_xlabel("epoch")
    left.set_ylabel("training loss, nats a sentence", color="tab:gray")
    right = left.twinx()
    right.set_ylabel("dev score, fraction")
    loss = run.history("train/loss")
    left.plot(range(1, len(loss) + 1), [value for _, value in loss], color="tab:gray", marker=".", label="loss")
    for name, color in (("f1", "tab:blue"), ("precision", "tab:orange"), ("recall", "tab:green")):
        points = run.history(f"dev/{name}")
        right.plot(
            range(1, len(points) + 1), [value for _, value in points], color=color, marker=".", label=f"dev {name}"
        )
    right.legend(loc="center right")
    right.set_title(run.name, fontsize=10)
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
