"""Buffer of metrics that the store has not accepted yet, kept in a file and sent again later."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.masking import masked
from bner.runtime.files import read_lines, write_lines
from bner.tracking.environment import environment
from bner.tracking.store_errors import STORE_ERRORS, reason

_BATCH = 1000  # metrics that MLflow accepts in one request
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds between attempts
_ONE_SHORT_ATTEMPT = {  # so that a store known to be away does not hold up training
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
}


class MetricBuffer:
    """Metrics of one run on their way to the store.

    Args:
        client: of the store.
        uri: the store's address, for messages.
        run_id: the run.
        file: holds the metrics while the store does not answer; metrics found in it are sent first.
    """

    def __init__(self, client: MlflowClient, uri: str, run_id: str, file: Path) -> None:
        self.client = client
        self.address = masked(uri)
        self.run_id = run_id
        self.file = file
        self.pending = [_read(line) for _, line in read_lines(file)] if file.exists() else []
        self._lock = threading.Lock()  # training and the system monitor send from threads of their own
        self._delayed = 0  # metrics of failed attempts
        self._pause = _FIRST_PAUSE
        self._next_attempt = 0.0

    def send(self, metrics: Iterable[Metric]) -> None:
        """Send metrics, or keep them in the file until the store answers."""
        with self._lock:
            self.pending += metrics
            if self._delayed and time.monotonic() < self._next_attempt:
                self._save()
            else:
                self._flush()

    def retry(self, action: Callable[[], object], minutes: float) -> None:
        """Send what is pending and call `action`, repeatedly until the store accepts both.

        Raises:
            BnerError: the store has not answered for so many minutes.
        """
        until = time.monotonic() + 60 * minutes
        announced = False
        while True:
            with self._lock:
                flushed = self._flush()
            if flushed:
                try:
                    action()
                    return
                except STORE_ERRORS as error:
                    cause = reason(error)
                if not announced:
                    _print(f"the MLflow store {self.address} does not answer ({cause}): trying again.")
                    announced = True
            if time.monotonic() > until:
                kept = f", {self.file} holds the metrics it has not accepted" if self.pending else ""
                raise BnerError(
                    f"the MLflow store {self.address} has not answered for {minutes:g} minutes{kept}: no training is "
                    f"lost, continue with resume={self.run_id} once it answers."
                )
            time.sleep(_FIRST_PAUSE)

    def _flush(self) -> bool:
        try:
            with environment(**(_ONE_SHORT_ATTEMPT if self._delayed else {})):
                for first in range(0, len(self.pending), _BATCH):
                    self.client.log_batch(self.run_id, metrics=self.pending[first : first + _BATCH])
        except STORE_ERRORS as error:
            self._next_attempt = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            if not self._delayed:
                _print(
                    f"the MLflow store {self.address} does not accept metrics ({reason(error)}): training continues, "
                    f"and the metrics are kept in {self.file}."
                )
            self._delayed = len(self.pending)
            self._save()
            return False
        if self._delayed:
            _print(f"the MLflow store {self.address} answers again: {len(self.pending)} delayed metrics are sent.")
        self._delayed, self._pause = 0, _FIRST_PAUSE
        self.pending.clear()
        self.file.unlink(missing_ok=True)
        return True

    def _save(self) -> None:
        try:
            write_lines(self.file, (json.dumps([m.key, m.value, m.timestamp, m.step]) for m in self.pending))
        except BnerError as error:  # they are still in memory
            if not self.file.exists():
                _print(str(error))


def _read(line: str) -> Metric:
    key, value, timestamp, step = json.loads(line)
    return Metric(key, value, timestamp, step)


def _print(sentence: str) -> None:
    print(f"bner: {sentence}", flush=True)
