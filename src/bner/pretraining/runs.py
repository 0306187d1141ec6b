"""The MLflow run of a pretraining, found again by the command that resumes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines
from bner.tracking.lookup import begin_run, find_run
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.tags import git_commit


@dataclass(frozen=True)
class TrackingOptions:
    """Where the run is tracked: the URI of an MLflow store, the experiment, and whether with system metrics."""

    uri: str
    experiment: str
    system_metrics: bool = True


def resumable_run(
    name: str,
    params: Mapping[str, Any],
    tags: Mapping[str, str],
    source: str,
    tracking: TrackingOptions,
    card: Path,
) -> TrackedRun:
    """Begin a run, or find the one that an interrupted command began.

    Args:
        name: of a new run.
        params: its parameters.
        tags: its tags, beside the commit's.
        source: the command, as the MLflow UI shows it.
        tracking: where to track it.
        card: the file that keeps the run's identifier; metrics that wait for the store lie beside it.

    Raises:
        BnerError: the run cannot be resumed, or the store does not accept it.
    """
    store = RunStore(tracking.uri, tracking.experiment, card.parent)
    if card.is_file():
        try:
            return find_run(store, "".join(line for _, line in read_lines(card)))
        except BnerError as error:
            raise BnerError(f"{card} names a run that cannot be resumed: remove it ({error}).") from error
    run = begin_run(store, name, params, {"git.commit": git_commit(), **tags}, source)
    write_lines(card, [run.id])
    print(f"{run.name}: run {run.id} in {run.store.address}", flush=True)
    return run
