"""Tests of significance as runs of an experiment of their own, each made once and linked with the compared runs."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bner.tracking.links import COMPARED, TestLink, described_test, link_tests
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.tracking.store import open_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import NOTE
from bner.tracking.views import offer_tests_view

_KEY = "compare.key"  # tag that tests share which would be tracked as the same run


@dataclass(frozen=True)
class ComparedVariant:
    """One side of a test.

    Attributes:
        name: of the variant or run.
        runs: identifiers and names of its runs.
    """

    name: str
    runs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TestRecord:
    """A test as it is tracked.

    Attributes:
        name: of its run.
        first: the baseline.
        second: what is compared with it.
        params: what was tested and how; `first` and `second` are added.
        metrics: the result.
        said: the test and its result in a few words.
        write: writes the artifacts into a folder.
    """

    __test__ = False  # no test of pytest's

    name: str
    first: ComparedVariant
    second: ComparedVariant
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    said: str
    write: Callable[[Path], None]

    @property
    def every_param(self) -> dict[str, str]:
        """The parameters with the names and runs of both sides."""
        sides = {"first": self.first, "second": self.second}
        names = {f"{side}_name": variant.name for side, variant in sides.items()}
        runs = {side: " ".join(run_id for run_id, _ in variant.runs) for side, variant in sides.items()}
        return {**names, **runs, **self.params}

    @property
    def key(self) -> str:
        """A hash of parameters and result, equal for the same test of the same runs."""
        values = {name: f"{value:.9g}" for name, value in self.metrics.items()}
        return hashlib.sha256(json.dumps([self.every_param, values], sort_keys=True).encode()).hexdigest()


def record_tests(store: RunStore, records: Sequence[TestRecord]) -> list[str]:
    """Track each test as a run, and link it with the compared runs; a test that is tracked already keeps its run.

    Returns:
        The identifiers of the tests' runs, in the order of the records.

    Raises:
        BnerError: the store does not accept them.
    """
    client, experiment_id = open_store(store.uri, store.experiment)
    tracked: dict[str, str] = {}
    experiments: dict[str, str] = {}
    with store_errors(store.uri, "does not answer"):
        for first in {record.every_param["first"] for record in records}:
            search = f"params.`first` = '{first}' and attributes.status = 'FINISHED'"
            for run in client.search_runs([experiment_id], search, max_results=50_000):
                tracked.setdefault(run.data.tags.get(_KEY, ""), str(run.info.run_id))
        for run_id in {run_id for record in records for run_id, _ in (*record.first.runs, *record.second.runs)}:
            experiments[run_id] = str(client.get_run(run_id).info.experiment_id)
    for record in records:
        if record.key not in tracked:
            tracked[record.key] = _record(store, record, experiments)
    for run_id in experiments:
        beside: dict[str, list[TestLink]] = {}
        for record in records:
            sides = (record.first, record.second), (record.second, record.first)
            for other in {other.name for side, other in sides if run_id in dict(side.runs)}:
                beside.setdefault(other, []).append(TestLink(tracked[record.key], record.said))
        link_tests(client, store.uri, experiment_id, run_id, beside)
    offer_tests_view(store.uri)
    return [tracked[record.key] for record in records]


def _record(store: RunStore, record: TestRecord, experiments: Mapping[str, str]) -> str:
    compared = {**dict(record.first.runs), **dict(record.second.runs)}
    tags = {
        "kind": "significance",
        _KEY: record.key,
        COMPARED: " ".join(compared),
        NOTE: described_test(record.said, [(experiments[run], run, name) for run, name in compared.items()]),
    }
    run = begin_run(store, record.name, record.every_param, tags, "bner compare")
    with run.recording(system_metrics=False), tempfile.TemporaryDirectory() as folder:
        run.log_metrics(record.metrics)
        record.write(Path(folder))
        run.log_folder(Path(folder))
    return run.id
