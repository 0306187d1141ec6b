"""The runs of a store by variant: what tables and comparisons of several seeds are made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlflow.entities import Run, ViewType

from bner.tracking.store import read_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import CORPUS, TABLE, VARIANT

FINISHED = "FINISHED"
TESTED = "test/f1"  # a metric of every run that is scored on test


@dataclass(frozen=True)
class VariantRun:
    """A run of `train.py` as its store has it.

    Attributes:
        run_id: MLflow's identifier.
        name: the run's name.
        status: MLflow's, as in FINISHED, RUNNING or KILLED.
        corpus: the corpus's name.
        variant: the name that runs of all seeds share, as in `gm-blstm-biomed300-frozen-attention-crf`.
        seed: of the run.
        tables: the tables and figures of the paper that it belongs to, as in {"table2", "table3"}.
        tags: all of its tags.
        params: all of its parameters.
        metrics: the latest value of each metric.
        minutes: from its beginning to its end.
        started: the time of its beginning, in milliseconds since 1970.
    """

    run_id: str
    name: str
    status: str
    corpus: str
    variant: str
    seed: int
    tables: frozenset[str]
    tags: dict[str, str]
    params: dict[str, str]
    metrics: dict[str, float]
    minutes: float
    started: int


def variant_runs(uri: str, experiment: str) -> list[VariantRun]:
    """Return the runs of an experiment that have a corpus and a variant, the newest first; parents of sweeps have none.

    Raises:
        BnerError: there is no such store or experiment, or it cannot be read.
    """
    client, experiment_id = read_store(uri, experiment)
    with store_errors(uri, "cannot be read"):
        found = client.search_runs([experiment_id], run_view_type=ViewType.ACTIVE_ONLY, max_results=50_000)
    return [_variant_run(run) for run in found if {CORPUS, VARIANT} <= run.data.tags.keys()]


def by_variant(runs: Iterable[VariantRun]) -> dict[str, list[VariantRun]]:
    """Group finished runs with test scores by variant, sorted by seed; of several with one seed the newest counts.

    Trials of a search have no test scores.

    Args:
        runs: the newest first, as `variant_runs` returns them.
    """
    latest: dict[tuple[str, int], VariantRun] = {}
    for run in runs:
        if run.status == FINISHED and TESTED in run.metrics:
            latest.setdefault((run.variant, run.seed), run)
    groups: dict[str, list[VariantRun]] = {}
    for (variant, _), run in sorted(latest.items()):
        groups.setdefault(variant, []).append(run)
    return groups


def _variant_run(run: Run) -> VariantRun:
    tags, params = dict(run.data.tags), dict(run.data.params)
    ended = run.info.end_time or run.info.start_time
    return VariantRun(
        run_id=str(run.info.run_id),
        name=str(run.info.run_name),
        status=str(run.info.status),
        corpus=tags[CORPUS],
        variant=tags[VARIANT],
        seed=int(params.get("seed", 0)),
        tables=frozenset(tags.get(TABLE, "").split()),
        tags=tags,
        params=params,
        metrics={name: float(value) for name, value in run.data.metrics.items()},
        minutes=(ended - run.info.start_time) / 60_000,
        started=int(run.info.start_time),
    )
