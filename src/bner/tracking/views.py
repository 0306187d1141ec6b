"""What the MLflow UI shows of an experiment: views with chosen columns, and a description that leads to them."""

from __future__ import annotations

import json
import time

from bner.tracking.answers import answered
from bner.tracking.identity import TABLE
from bner.tracking.store import open_store

_SCORES = "scores"  # the view of all runs
_COLUMNS = {  # and their widths in pixels
    "metrics.`dev/best_f1`": 100,
    "metrics.`test/official_f1`": 130,
    "metrics.`test/official_precision`": 170,
    "metrics.`test/official_recall`": 150,
    "metrics.`test/f1`": 90,
    "tags.`variant.embedding`": 150,
    "tags.`variant.vectors`": 120,
    "tags.`variant.model`": 110,
    "tags.`variant.char`": 110,
    "tags.`variant.decoder`": 130,
    "tags.`variant.corpus`": 120,
    "params.`seed`": 70,
}
_FIRST = {"attributes.`Run Name`": 380, "runDateAndNestInfo": 150, "duration": 90}  # shown in any case
_RUNS = "tags.variant.corpus LIKE '%'"  # the parents of sweeps are of no variant
_TABLES = {"table2": "Table 2", "table3": "Table 3", "table4": "Table 4", "fig2": "Figure 2"}
_TAG, _NOTE, _KIND = "mlflow.sharedViewState.", "mlflow.note.content", "mlflow.experimentKind"


def offer_views(uri: str, experiment: str) -> None:
    """Gives the experiment its views and description, where it has none; what a user has changed stays.

    The views are tags in the form in which the UI itself saves them, so that its menu of views lists them.

    Raises:
        BnerError: the store cannot be opened, or does not take them.
    """
    client, experiment_id = open_store(uri, experiment)
    views = {_SCORES: ("Scores", _RUNS)}
    views |= {key: (name, f"{_RUNS} AND tags.{TABLE} LIKE '%{key}%'") for key, name in _TABLES.items()}
    tags = {f"{_TAG}{key}": _view(name, runs) for key, (name, runs) in views.items()}
    tags |= {_KIND: "custom_model_development", _NOTE: _description(experiment_id)}
    with answered(uri, "takes no views"):
        kept = client.get_experiment(experiment_id).tags
        for key in sorted(tags.keys() - kept.keys()):
            client.set_experiment_tag(experiment_id, key, tags[key])


def _view(name: str, runs: str) -> str:
    state = {
        "searchFilter": runs,
        "orderByKey": "metrics.`test/official_f1`",
        "orderByAsc": False,
        "selectedColumns": list(_COLUMNS),
        "columnOrder": [*_FIRST, *_COLUMNS],
        "columnWidths": _FIRST | _COLUMNS,
    }
    now = int(time.time() * 1000)
    return json.dumps({"name": name, "createdAt": now, "updatedAt": now, "state": json.dumps(state)})


def scores_page(experiment_id: str) -> str:
    """Where the UI shows all runs with their scores, from the server's address on."""
    return _page(experiment_id, _SCORES)


def _page(experiment_id: str, view: str) -> str:
    return f"#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={view}"


def _description(experiment_id: str) -> str:
    """Markdown."""
    links = ", ".join(f"[{name}]({_page(experiment_id, key)})" for key, name in _TABLES.items())
    return f"[All runs with their scores]({scores_page(experiment_id)}), as fractions; those of the paper's {links}."
