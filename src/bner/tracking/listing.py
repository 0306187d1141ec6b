"""The runs of a store as a table."""

from __future__ import annotations

import math

import pandas as pd
from mlflow.entities import ViewType

from bner.tracking.store import read_store
from bner.tracking.store_errors import store_errors
from bner.tracking.sweeps import KIND, SWEEP
from bner.tracking.tags import VARIANT

COLUMNS = {
    "dev/best_f1": "dev_f1",
    "test/f1": "test_f1",
    "test/official_precision": "official_precision",
    "test/official_recall": "official_recall",
    "test/official_f1": "official_f1",
}


def runs_table(uri: str, experiment: str) -> pd.DataFrame:
    """List the runs of a store, the newest first, without the parents of sweeps.

    Returns:
        One row a run: its name, that of its variant (the name without the seed), id, status, minutes, and the scores
        as fractions, NaN where it has none.

    Raises:
        BnerError: there is no such store or experiment, or it cannot be read.
    """
    client, experiment_id = read_store(uri, experiment)
    rows = []
    with store_errors(uri, "cannot be read"):
        found = client.search_runs([experiment_id], run_view_type=ViewType.ACTIVE_ONLY, max_results=50_000)
    for run in found:
        if run.data.tags.get(KIND) == SWEEP:
            continue
        ended = run.info.end_time or run.info.start_time
        row = {
            "name": run.info.run_name,
            "variant": run.data.tags.get(VARIANT),
            "run": run.info.run_id,
            "status": run.info.status,
            "minutes": (ended - run.info.start_time) / 60_000,
        }
        rows.append(row | {column: run.data.metrics.get(metric, math.nan) for metric, column in COLUMNS.items()})
    return pd.DataFrame(rows, columns=["name", "variant", "run", "status", "minutes", *COLUMNS.values()])
