"""A run in MLflow: begun or gone on with, recorded, and always ended as FINISHED, KILLED or FAILED."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.runtime.files import written_whole
from bner.tracking.answers import FAILURES, answered, problem
from bner.tracking.identity import KEY
from bner.tracking.monitor import SystemMonitor
from bner.tracking.outbox import Outbox
from bner.tracking.store import open_store
from bner.tracking.sweeps import join_sweep

CONFIG = "config.yaml"
_URI_VARIABLE = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True)
class Place:
    """Where runs are tracked.

    Attributes:
        uri: of an MLflow store.
        experiment: its name.
        folder: where metrics wait for a store that does not answer.
        wait_minutes: how long artifacts and the end of a run wait for it.
    """

    uri: str
    experiment: str
    folder: Path
    wait_minutes: float = 30.0


class TrackedRun:
    """One run and what is kept of it.

    Attributes:
        id: MLflow's identifier of the run.
        name: what the MLflow UI shows.
    """

    def __init__(self, client: MlflowClient, place: Place, run_id: str) -> None:
        self.client = client
        self.place = place
        self.uri = place.uri
        self.id = run_id
        self.info = client.get_run(run_id).info
        self.name = str(self.info.run_name)
        self._outbox = Outbox(client, place.uri, run_id, place.folder / f"{run_id}.waiting")

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Keeps numbers; where the store does not answer, they wait in a file until it does."""
        now = time.time_ns() // 1_000_000
        self._outbox.send([Metric(key, float(value), now, step) for key, value in metrics.items()])

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Keeps those parameters that the run does not have yet; they never change."""
        with answered(self.uri, "takes no parameters"):
            kept = self.client.get_run(self.id).data.params
            missing = [Param(key, str(value)) for key, value in params.items() if key not in kept]
            self.client.log_batch(self.id, params=missing)

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Keeps a copy of a file as an artifact, and waits for a store that does not answer.

        Raises:
            BnerError: it has not answered for `wait_minutes`.
        """
        self._insist(lambda: self.client.log_artifact(self.id, str(path), folder))

    def log_text(self, text: str, path: str) -> None:
        """Keeps a text as an artifact; see `log_file`."""
        self._insist(lambda: self.client.log_text(self.id, text, path))

    def join_sweep(self, parent: str | None, table: str | None) -> None:
        """Makes the run a child of the sweep, if it has no parent, and adds the sweep's table to its own."""
        with answered(self.uri, "takes no tags"):
            join_sweep(self.client, self.id, parent, table)

    def metric(self, name: str) -> float:
        """The last value of a metric, NaN where it has none."""
        with answered(self.uri, "does not answer"):
            return float(self.client.get_run(self.id).data.metrics.get(name, float("nan")))

    def tags(self) -> dict[str, str]:
        """The run's tags."""
        with answered(self.uri, "does not answer"):
            return dict(self.client.get_run(self.id).data.tags)

    def history(self, metric: str) -> list[tuple[int, float]]:
        """A metric's (step, value) pairs in the order of the steps, a step that was trained twice once."""
        points: list[Metric] = []
        self._insist(lambda: points.extend(self.client.get_metric_history(self.id, metric)))
        return sorted({point.step: point.value for point in points}.items())

    @contextmanager
    def recording(self, system_metrics: bool) -> Iterator[None]:
        """The run is RUNNING within the block and ends with it: FINISHED, KILLED if it was interrupted, or FAILED."""
        # The monitor sets the process-wide tracking URI, and MLflow writes it into the environment, where the next run
        # of this process would take it for the user's.
        users_uri = os.environ.get(_URI_VARIABLE)
        monitor = SystemMonitor(self.id, self.uri, self.log_metrics) if system_metrics else None
        status = "FAILED"
        try:
            self._insist(lambda: self.client.update_run(self.id, status="RUNNING"))
            if monitor:
                monitor.start()
            yield
            self._insist(lambda: self.client.set_terminated(self.id, "FINISHED"))
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit):
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

    def _insist(self, action: Callable[[], object]) -> None:
        self._outbox.insist(action, self.place.wait_minutes)

    def _end(self, status: str) -> None:
        """Ends a run that has not come to its end; what went wrong before matters more than a store that is away."""
        try:
            self.client.set_terminated(self.id, status)
        except FAILURES as error:
            print(f"bner: run {self.id} stays RUNNING in {self.uri} ({problem(error)}): resume it.", file=sys.stderr)


def begin_run(place: Place, name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> TrackedRun:
    """Makes a run with its parameters and tags.

    Raises:
        BnerError: the store cannot be opened, or does not take the run.
    """
    client, experiment_id = open_store(place.uri, place.experiment)
    with answered(place.uri, "takes no run"):
        created = client.create_run(experiment_id, run_name=name, tags=dict(tags))
        run = TrackedRun(client, place, created.info.run_id)
        run.log_params(params)
    return run


def find_variant(place: Place, key: str) -> TrackedRun | None:
    """The run of the variant with this key: a finished one, or else the latest that was interrupted.

    Raises:
        BnerError: the store cannot be opened.
    """
    client, experiment_id = open_store(place.uri, place.experiment)
    with answered(place.uri, "does not answer"):
        found = client.search_runs([experiment_id], f"tags.`{KEY}` = '{key}'")  # the latest first
        if not found:
            return None
        finished = [run for run in found if run.info.status == "FINISHED"]
        return TrackedRun(client, place, (finished or found)[0].info.run_id)


def find_run(place: Place, run_id: str) -> TrackedRun:
    """A run that is to be gone on with.

    Raises:
        BnerError: there is no such run, or it has ended as FINISHED.
    """
    client, _ = open_store(place.uri, place.experiment)
    with answered(place.uri, "does not answer"):
        try:
            run = TrackedRun(client, place, run_id)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise BnerError(
                f"resume={run_id} names no run of the MLflow store {place.uri}: check the identifier."
            ) from error
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
