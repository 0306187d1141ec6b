"""Views of an experiment in the MLflow UI, one for each corpus, and a description that links to them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping

from bner.tracking.store import open_store, read_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import CORPUS, NOTE, STUDY, TABLE

TESTS_EXPERIMENT = "bner-significance"  # the experiment of the tests of significance
_COLUMNS = {  # and their widths in pixels
    "tags.`variant.embedding`": 130,
    "tags.`variant.vectors`": 110,
    "tags.`variant.model`": 105,
    "tags.`variant.char`": 100,
    "tags.`variant.decoder`": 115,
    "tags.`variant.settings`": 120,
    "params.`seed`": 55,
    "metrics.`dev/best_f1`": 90,
    "metrics.`test/official_f1`": 115,
    "metrics.`test/f1`": 75,
    "metrics.`test/official_precision`": 155,
    "metrics.`test/official_recall`": 135,
}
_TRIAL_COLUMNS = {
    "tags.`trial.number`": 60,
    "tags.`trial.state`": 90,
    "tags.`variant.char`": 100,
    "tags.`variant.settings`": 400,
    "metrics.`dev/best_f1`": 90,
    "metrics.`dev/f1`": 75,
    "metrics.`train/seconds`": 95,
}
_TEST_COLUMNS = {
    "params.`first_name`": 180,
    "params.`second_name`": 180,
    "params.`corpus`": 70,
    "params.`rule`": 65,
    "params.`test`": 150,
    "params.`unit`": 130,
    "metrics.`effect`": 65,
    "metrics.`low`": 65,
    "metrics.`high`": 65,
    "metrics.`p`": 65,
    "metrics.`p_corrected`": 95,
}
_FIRST = {"attributes.`Run Name`": 260, "runDateAndNestInfo": 130, "duration": 80}  # shown in any case
_TEST_FIRST = {**_FIRST, "attributes.`Run Name`": 130}  # it repeats what the columns say
_TABLES = {"table2": "Table 2", "table3": "Table 3", "table4": "Table 4", "fig2": "Figure 2"}
_VIEW, _KIND = "mlflow.sharedViewState.", "mlflow.experimentKind"
_SCORES, _TESTS = "scores-", "tests"  # beginning of the keys of corpora's views, and the key of that of the tests
_KIND_OF_EXPERIMENT = "custom_model_development"


def offer_views(uri: str, experiment: str, corpus: str, table: str | None = None, study: str | None = None) -> None:
    """Give the experiment a view of a corpus's runs, of those of a table and of a search, where they are missing.

    The views are tags in the form in which the UI itself saves them, so that its menu of views lists them. What a user
    has changed stays.

    Args:
        uri: of an MLflow store.
        experiment: its name.
        corpus: the corpus.
        table: the table or figure of the paper.
        study: the search whose trials are viewed.

    Raises:
        BnerError: the store cannot be opened, or does not accept the views.
    """
    client, experiment_id = open_store(uri, experiment)
    runs = f"tags.{CORPUS} = '{corpus}'"
    wanted = {_key(corpus): _view(corpus, runs)}
    for name in (table or "").split():
        title = f"{corpus}, {_TABLES.get(name, name)}"
        wanted[f"{_key(corpus)}-{name}"] = _view(title, f"{runs} AND tags.{TABLE} LIKE '%{name}%'")
    if study:
        trials = f"{runs} AND tags.`{STUDY}` = '{study}'"
        wanted[_key(f"{corpus}-{study}")] = _view(f"{corpus}, trials of {study}", trials, _TRIAL_COLUMNS)
    with store_errors(uri, "does not accept views"):
        before = client.get_experiment(experiment_id).tags
        after = {**{f"{_VIEW}{key}": view for key, view in wanted.items()}, **before}
        after.setdefault(_KIND, _KIND_OF_EXPERIMENT)
        if before.get(NOTE) in (None, _description(experiment_id, before)):
            after[NOTE] = _description(experiment_id, after)
        for key, value in after.items():
            if before.get(key) != value:
                client.set_experiment_tag(experiment_id, key, value)


def offer_tests_view(uri: str) -> None:
    """Give the experiment of the tests of significance a view of them, the latest first, where it is missing.

    Raises:
        BnerError: the store cannot be opened, or does not accept the view.
    """
    client, experiment_id = open_store(uri, TESTS_EXPERIMENT)
    with store_errors(uri, "does not accept views"):
        before = client.get_experiment(experiment_id).tags
        link = f"[Tests]({tests_page(experiment_id)})"
        for key, value in {
            f"{_VIEW}{_TESTS}": _state(
                "tests", "tags.kind = 'significance'", "attributes.start_time", _TEST_FIRST, _TEST_COLUMNS
            ),
            _KIND: _KIND_OF_EXPERIMENT,
            NOTE: f"{link} of significance of differences of F1 (fractions), the latest first.",
        }.items():
            if key not in before:
                client.set_experiment_tag(experiment_id, key, value)


def significance_experiment(uri: str, experiment: str) -> str | None:
    """Return the identifier of the experiment of the tests of significance, None where there is none.

    Args:
        uri: of an MLflow store.
        experiment: one that it has.

    Raises:
        BnerError: there is no such store or experiment, or it does not answer.
    """
    client, _ = read_store(uri, experiment)
    with store_errors(uri, "does not answer"):
        found = client.get_experiment_by_name(TESTS_EXPERIMENT)
    return None if found is None else str(found.experiment_id)


def tests_page(experiment_id: str) -> str:
    """Return the address of the tests of significance, from the server's address on."""
    return _page(experiment_id, _TESTS)


def tracked_variants(uri: str, experiment: str) -> tuple[str, list[tuple[str, str | None]]]:
    """Return the experiment's identifier, and the corpora and tables of the paper that have runs.

    Raises:
        BnerError: there is no such store or experiment, or it cannot be read.
    """
    client, experiment_id = read_store(uri, experiment)
    with store_errors(uri, "cannot be read"):
        found = client.search_runs([experiment_id], max_results=50_000)
    tags = [run.data.tags for run in found if CORPUS in run.data.tags]
    variants = {(each[CORPUS], each.get(TABLE)) for each in tags}
    return experiment_id, sorted(variants, key=lambda pair: (pair[0], pair[1] or ""))


def scores_page(experiment_id: str, corpus: str) -> str:
    """Return the address of the runs of a corpus, from the server's address on."""
    return _page(experiment_id, _key(corpus))


def _key(corpus: str) -> str:
    return _SCORES + re.sub(r"[^\w.-]", "_", corpus)


def _view(name: str, runs: str, columns: Mapping[str, int] = _COLUMNS) -> str:
    return _state(name, runs, "metrics.`dev/best_f1`", _FIRST, columns)


def _state(name: str, runs: str, order: str, first: Mapping[str, int], columns: Mapping[str, int]) -> str:
    state = {
        "searchFilter": runs,
        "orderByKey": order,
        "orderByAsc": False,
        "selectedColumns": list(columns),
        "columnOrder": [*first, *columns],
        "columnWidths": {**first, **columns},
    }
    now = int(time.time() * 1000)
    return json.dumps({"name": name, "createdAt": now, "updatedAt": now, "state": json.dumps(state)})


def _page(experiment_id: str, view: str) -> str:
    return f"#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={view}"


def _description(experiment_id: str, tags: Mapping[str, str]) -> str:
    """Link to the views among the experiment's tags, in Markdown."""
    keys = sorted(key.removeprefix(_VIEW) for key in tags if key.startswith(f"{_VIEW}{_SCORES}"))
    links = [f"[{key.removeprefix(_SCORES)}]({_page(experiment_id, key)})" for key in keys]
    return f"Runs with their scores (fractions), the best dev F1 first: {', '.join(links)}."
