"""A sweep in MLflow: a parent run whose children are the runs of its jobs, and their ranking."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from mlflow.entities import RunTag
from mlflow.tracking import MlflowClient

from bner.masking import masked
from bner.tracking.next_steps import where_to_look
from bner.tracking.ranking import RANKING, markdown, ranking, text_lines
from bner.tracking.store import open_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import NOTE, PARENT, SWEEPS, TABLE, source_tags

KIND, NAME = "kind", "sweep.name"
SWEEP = "sweep"  # the kind of a parent
PARENT_VARIABLE = "BNER_SWEEP"  # of the environment: the parent run of the sweep that a job belongs to
_RULE = "\n\n---\n\n"  # between the ranking and the sweep's own note


def begin_sweep(uri: str, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Find the parent run of the sweep with this name or create it, and set it RUNNING.

    Returns:
        The identifier of the parent run.

    Raises:
        BnerError: the store cannot be opened, or does not accept the run.
    """
    client, experiment_id = open_store(uri, experiment)
    tags = {key: masked(value) for key, value in {**source_tags("train.py"), **tags}.items()}
    with store_errors(uri, "does not accept the sweep"):
        return _begin(client, experiment_id, masked(name).replace("'", ""), tags)


def _begin(client: MlflowClient, experiment_id: str, name: str, tags: Mapping[str, str]) -> str:
    found = client.search_runs(
        [experiment_id], f"tags.`{KIND}` = '{SWEEP}' and tags.`{NAME}` = '{name}'", max_results=1
    )
    if found:
        run_id = str(found[0].info.run_id)
        client.update_run(run_id, status="RUNNING")
    else:
        created = client.create_run(experiment_id, run_name=name, tags={KIND: SWEEP, NAME: name})
        run_id = str(created.info.run_id)
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])
    return run_id


def end_sweep(uri: str, experiment: str, run_id: str, done: bool, ranked: bool = True) -> list[str]:
    """End the parent run, FINISHED or KILLED where the sweep was interrupted, and rank its variants.

    The parent's note gets the ranking as a table, its artifacts get `tables/ranking.csv`.

    Args:
        uri: of an MLflow store.
        experiment: its name.
        run_id: of the parent run.
        done: whether all jobs have ended.
        ranked: whether variants are ranked; False for a search, which has a table of its trials.

    Returns:
        Lines for the terminal: the ranking, where runs have finished, and where to look at the sweep.

    Raises:
        BnerError: the store does not answer.
    """
    client, experiment_id = open_store(uri, experiment)
    with store_errors(uri, f"leaves the sweep {run_id} RUNNING"):
        client.set_terminated(run_id, "FINISHED" if done else "KILLED")
    lines = []
    if ranked:
        with store_errors(uri, f"does not accept the ranking of the sweep {run_id}"):
            table = ranking(client, experiment_id, run_id)
            if not table.empty:
                note_table(client, run_id, markdown(table), table, RANKING)
            lines = text_lines(table)
    return [*lines, where_to_look("sweep", uri, experiment, experiment_id, run_id)]


def note_table(client: MlflowClient, run_id: str, text: str, table: pd.DataFrame, path: str) -> None:
    """Put a table above the note of a sweep's parent run, in place of an earlier one, and among its artifacts.

    Args:
        client: of the store.
        run_id: of the parent run.
        text: what the note shows, in Markdown.
        table: the same as data.
        path: of the artifact.
    """
    note = client.get_run(run_id).data.tags.get(NOTE, "").rpartition(_RULE)[2]
    client.set_tag(run_id, NOTE, f"{text}{_RULE}{note}")
    client.log_text(run_id, table.to_csv(index=False), path)


def join_sweep(client: MlflowClient, run_id: str, parent: str | None, table: str | None) -> None:
    """Add a run to a sweep that needs it too: as a child if it has no parent, to its ranking in any case.

    Args:
        client: of the store.
        run_id: the run.
        parent: the sweep's parent run.
        table: the sweep's table of the paper, added to those of the run.
    """
    tags = client.get_run(run_id).data.tags
    if parent and PARENT not in tags:
        client.set_tag(run_id, PARENT, parent)
    for tag, value in ((SWEEPS, parent), (TABLE, table)):
        values = tags.get(tag, "").split()
        if value and value not in values:
            client.set_tag(run_id, tag, " ".join(sorted([*values, value])))
