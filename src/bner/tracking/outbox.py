"""Metrics on their way to the store: training goes on where it does not answer, and nothing measured is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines
from bner.tracking.answers import FAILURES, patience, problem

_MOST = 1000  # metrics that MLflow takes at once
_AGAIN_AFTER, _AT_MOST_AFTER = 5.0, 60.0  # seconds between attempts, the first and the longest
_SECONDS = 5  # that an attempt may keep training waiting, once the store is known to be away


class Outbox:
    """What a run sends to the store.

    Args:
        client: of the store.
        uri: the store's address, for messages.
        run_id: the run.
        file: where metrics wait while the store does not answer; what waits there from before is sent first.
    """

    def __init__(self, client: MlflowClient, uri: str, run_id: str, file: Path) -> None:
        self.client = client
        self.uri = uri
        self.run_id = run_id
        self.file = file
        self.waiting = [_read(line) for _, line in read_lines(file)] if file.exists() else []
        self._lock = threading.Lock()  # training and the system's monitor send from threads of their own
        self._late = 0  # metrics that have had to wait
        self._pause = _AGAIN_AFTER  # after a failed attempt
        self._next_try = 0.0

    def send(self, metrics: Iterable[Metric]) -> None:
        """Sends metrics, or keeps them in the file until the store answers."""
        with self._lock:
            self.waiting += metrics
            if self._late and time.monotonic() < self._next_try:
                self._keep()
            else:
                self._try()

    def insist(self, action: Callable[[], object], minutes: float) -> None:
        """Sends what waits and does something with the store, again and again until it answers.

        Raises:
            BnerError: the store has not answered for so many minutes.
        """
        until = time.monotonic() + 60 * minutes
        told = False
        while True:
            with self._lock:
                sent = self._try()
            if sent:
                try:
                    action()
                    return
                except FAILURES as error:
                    trouble = problem(error)
                if not told:
                    _tell(f"the MLflow store {self.uri} does not answer ({trouble}): waiting for it.")
                    told = True
            if time.monotonic() > until:
                kept = f", {self.file} keeps what was measured" if self.waiting else ""
                raise BnerError(
                    f"the MLflow store {self.uri} has not answered for {minutes:g} minutes{kept}: nothing trained is "
                    f"lost, resume={self.run_id} goes on once it answers."
                )
            time.sleep(_AGAIN_AFTER)

    def _try(self) -> bool:
        try:
            with patience(_SECONDS if self._late else None):
                for first in range(0, len(self.waiting), _MOST):
                    self.client.log_batch(self.run_id, metrics=self.waiting[first : first + _MOST])
        except FAILURES as error:
            self._next_try = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _AT_MOST_AFTER)
            if not self._late:
                _tell(
                    f"the MLflow store {self.uri} does not take metrics ({problem(error)}): training goes on, "
                    f"and they wait in {self.file}."
                )
            self._late = len(self.waiting)
            self._keep()
            return False
        if self._late:
            _tell(f"the MLflow store {self.uri} answers again: {len(self.waiting)} metrics that waited have arrived.")
        self._late, self._pause = 0, _AGAIN_AFTER
        self.waiting.clear()
        self.file.unlink(missing_ok=True)
        return True

    def _keep(self) -> None:
        try:
            write_lines(self.file, (json.dumps([m.key, m.value, m.timestamp, m.step]) for m in self.waiting))
        except BnerError as error:  # they still wait in memory
            if not self.file.exists():
                _tell(str(error))


def _read(line: str) -> Metric:
    key, value, timestamp, step = json.loads(line)
    return Metric(key, value, timestamp, step)


def _tell(sentence: str) -> None:
    print(f"bner: {sentence}", flush=True)
