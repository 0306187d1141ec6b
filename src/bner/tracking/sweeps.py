"""A sweep: one run in MLflow that holds the runs of its jobs as children."""

from __future__ import annotations

from collections.abc import Mapping

from mlflow.entities import RunTag
from mlflow.tracking import MlflowClient

from bner.tracking.answers import answered
from bner.tracking.identity import PARENT, TABLE
from bner.tracking.store import open_store
from bner.tracking.views import offer_views

KIND, NAME = "kind", "sweep.name"
SWEEP = "sweep"  # the kind of a parent
PARENT_VARIABLE = "BNER_SWEEP"  # of the environment: the parent run of the sweep that a job belongs to


def begin_sweep(uri: str, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """The parent run of the sweep with this name, made where there is none yet, and RUNNING.

    Raises:
        BnerError: the store cannot be opened, or takes no run.
    """
    offer_views(uri, experiment)
    client, experiment_id = open_store(uri, experiment)
    with answered(uri, "takes no sweep"):
        return _begun(client, experiment_id, name, tags)


def _begun(client: MlflowClient, experiment_id: str, name: str, tags: Mapping[str, str]) -> str:
    text = name.replace("'", "")
    found = client.search_runs(
        [experiment_id], f"tags.`{KIND}` = '{SWEEP}' and tags.`{NAME}` = '{text}'", max_results=1
    )
    if found:
        run_id = str(found[0].info.run_id)
        client.update_run(run_id, status="RUNNING")
    else:
        created = client.create_run(experiment_id, run_name=name, tags={KIND: SWEEP, NAME: text})
        run_id = str(created.info.run_id)
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])
    return run_id


def end_sweep(uri: str, experiment: str, run_id: str, done: bool) -> None:
    """Ends the parent run: FINISHED, or KILLED where the sweep was broken off.

    Raises:
        BnerError: the store does not answer.
    """
    client, _ = open_store(uri, experiment)
    with answered(uri, f"leaves the sweep {run_id} RUNNING"):
        client.set_terminated(run_id, "FINISHED" if done else "KILLED")


def join_sweep(client: MlflowClient, run_id: str, parent: str | None, table: str | None) -> None:
    """Makes a run a child of the sweep, if it has no parent, and adds the sweep's table to its own."""
    tags = client.get_run(run_id).data.tags
    if parent and PARENT not in tags:
        client.set_tag(run_id, PARENT, parent)
    tables = tags.get(TABLE, "").split()
    if table and table not in tables:
        client.set_tag(run_id, TABLE, " ".join(sorted([*tables, table])))
