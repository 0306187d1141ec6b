"""The runs of a store as a table."""

from __future__ import annotations

import pandas as pd
from mlflow.entities import ViewType

from bner.tracking.store import open_store
from bner.tracking.sweeps import KIND, SWEEP

COLUMNS = {
    "dev/best_f1": "dev_f1",
    "test/f1": "test_f1",
    "test/official_precision": "official_precision",
    "test/official_recall": "official_recall",
    "test/official_f1": "official_f1",
}


def runs_table(uri: str, experiment: str) -> pd.DataFrame:
    """One row a run, the newest first: name, id, status, minutes, and the scores as fractions where it has them.

    The parents of sweeps are left out.

    Raises:
        BnerError: the store cannot be opened.
    """
    client, experiment_id = open_store(uri, experiment)
    rows = []
    for run in client.search_runs([experiment_id], run_view_type=ViewType.ACTIVE_ONLY, max_results=50_000):
        if run.data.tags.get(KIND) == SWEEP:
            continue
        ended = run.info.end_time or run.info.start_time
        row = {
            "name": run.info.run_name,
            "run": run.info.run_id,
            "status": run.info.status,
            "minutes": (ended - run.info.start_time) / 60_000,
        }
        rows.append(row | {column: run.data.metrics.get(metric) for metric, column in COLUMNS.items()})
    return pd.DataFrame(rows, columns=["name", "run", "status", "minutes", *COLUMNS.values()])
