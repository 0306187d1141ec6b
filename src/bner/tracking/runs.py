"""A run in MLflow: metrics, parameters, artifacts, and its status from RUNNING to FINISHED, KILLED or FAILED."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from bner.masking import masked
from bner.tracking.metric_buffer import MetricBuffer
from bner.tracking.next_steps import where_to_look
from bner.tracking.store_errors import STORE_ERRORS, reason, store_errors
from bner.tracking.sweeps import join_sweep
from bner.tracking.system_metrics import SystemMonitor

_URI_VARIABLE = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True)
class RunStore:
    """The store and experiment that runs are tracked in, and the local folder beside them.

    Attributes:
        uri: of an MLflow store, with user name and password where it needs them.
        experiment: the experiment's name.
        folder: holds checkpoints, and metrics that the store has not accepted yet.
        wait_minutes: how long artifacts and the end of a run wait for a store that does not answer.
    """

    uri: str
    experiment: str
    folder: Path
    wait_minutes: float = 30.0

    @property
    def address(self) -> str:
        """The URI without user name and password, fit to be printed."""
        return masked(self.uri)


class Stopped(Exception):  # noqa: N818
    """Raised within `TrackedRun.recording` to end a run before its end, as KILLED."""


class TrackedRun:
    """One run in MLflow.

    Attributes:
        client: of the store.
        store: what the run is tracked in.
        id: MLflow's identifier of the run.
        info: MLflow's description of the run when this object was made.
        name: the name in the MLflow UI.
    """

    def __init__(self, client: MlflowClient, store: RunStore, run_id: str) -> None:
        self.client = client
        self.store = store
        self.id = run_id
        self.info = client.get_run(run_id).info
        self.name = str(self.info.run_name)
        self._buffer = MetricBuffer(client, store.uri, run_id, store.folder / f"{run_id}.waiting")

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log metrics; where the store does not answer, a local file keeps them until it does."""
        now = time.time_ns() // 1_000_000
        self._buffer.send([Metric(key, float(value), now, step) for key, value in metrics.items()])

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log those parameters that the run does not have yet, without passwords; a parameter never changes."""
        with store_errors(self.store.uri, "does not accept parameters"):
            logged = self.client.get_run(self.id).data.params
            missing = [Param(key, masked(str(value))) for key, value in params.items() if key not in logged]
            self.client.log_batch(self.id, params=missing)

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Upload a file as an artifact.

        Args:
            path: the file.
            folder: of the run's artifacts.

        Raises:
            BnerError: the store has not answered for `wait_minutes`.
        """
        self.retry(lambda: self.client.log_artifact(self.id, str(path), folder))

    def log_folder(self, folder: Path) -> None:
        """Upload what is in a folder as artifacts; see `log_file`."""
        self.retry(lambda: self.client.log_artifacts(self.id, str(folder)))

    def log_text(self, text: str, path: str) -> None:
        """Upload a text as an artifact, without passwords; see `log_file`."""
        self.retry(lambda: self.client.log_text(self.id, masked(text), path))

    def join_sweep(self, parent: str | None, table: str | None) -> None:
        """Add the run to a sweep that needs it too, and the sweep's table to its own."""
        with store_errors(self.store.uri, "does not accept tags"):
            join_sweep(self.client, self.id, parent, table)

    def metric(self, name: str) -> float:
        """Return the last value of a metric, NaN where it has none."""
        with store_errors(self.store.uri, "does not answer"):
            return float(self.client.get_run(self.id).data.metrics.get(name, float("nan")))

    def tags(self) -> dict[str, str]:
        """Return the run's tags."""
        with store_errors(self.store.uri, "does not answer"):
            return dict(self.client.get_run(self.id).data.tags)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags of the run."""
        self.retry(lambda: self.client.log_batch(self.id, tags=[RunTag(key, value) for key, value in tags.items()]))

    def history(self, metric: str) -> list[tuple[int, float]]:
        """Return a metric's (step, value) pairs by step; of a step that was trained twice the last value."""
        points: list[Metric] = []
        self.retry(lambda: points.extend(self.client.get_metric_history(self.id, metric)))
        return sorted({point.step: point.value for point in points}.items())

    def where_to_look(self) -> str:
        """Tell with which command and at which address the MLflow UI shows the run."""
        return where_to_look("run", self.store.uri, self.store.experiment, str(self.info.experiment_id), self.id)

    def retry(self, action: Callable[[], object]) -> None:
        """Call `action` until the store accepts it, for `wait_minutes` at most.

        Raises:
            BnerError: the store has not answered in that time.
        """
        self._buffer.retry(action, self.store.wait_minutes)

    @contextmanager
    def recording(self, system_metrics: bool) -> Iterator[None]:
        """Set the run RUNNING within the block, and after it FINISHED, KILLED if it was interrupted, or FAILED.

        Raises:
            Stopped: the block raised it, to end the run as KILLED.
        """
        # The monitor sets the process-wide tracking URI, and MLflow writes it into the environment, where the next run
        # of this process would take it for the user's.
        users_uri = os.environ.get(_URI_VARIABLE)
        monitor = SystemMonitor(self.id, self.store.uri, self.log_metrics) if system_metrics else None
        status = "FAILED"
        try:
            self.retry(lambda: self.client.update_run(self.id, status="RUNNING"))
            if monitor:
                monitor.start()
            yield
            self.retry(lambda: self.client.set_terminated(self.id, "FINISHED"))
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit, Stopped):
            status = "KILLED"
            raise
        finally:
            if monitor:
                monitor.finish()
            if status != "FINISHED":
                self._end(status)
            os.environ.pop(_URI_VARIABLE, None)
            if users_uri is not None:
                os.environ[_URI_VARIABLE] = users_uri

    def _end(self, status: str) -> None:
        """End a run after an error, which matters more than a store that does not answer."""
        try:
            self.client.set_terminated(self.id, status)
        except STORE_ERRORS as error:
            print(
                f"bner: run {self.id} stays RUNNING in {self.store.address} ({reason(error)}): resume it.",
                file=sys.stderr,
            )
