"""The views that an experiment gets in the MLflow UI, and the addresses of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bner.tracking.next_steps import server_address, ui_command, where_to_look
from bner.tracking.store import open_store, tracking_uri
from bner.tracking.views import offer_tests_view, offer_views, significance_experiment, tracked_variants


def test_a_view_for_each_corpus_and_table(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    offer_views(uri, "bner", "sample")
    offer_views(uri, "bner", "gm", "table2 table4")
    client, experiment_id = open_store(uri, "bner")
    tags = client.get_experiment(experiment_id).tags
    views = {key: json.loads(value) for key, value in tags.items() if key.startswith("mlflow.sharedViewState.")}
    assert {key.rpartition(".")[2]: view["name"] for key, view in views.items()} == {
        "scores-sample": "sample", "scores-gm": "gm", "scores-gm-table2": "gm, Table 2",
        "scores-gm-table4": "gm, Table 4",
    }  # fmt: skip
    state = json.loads(views["mlflow.sharedViewState.scores-gm"]["state"])
    assert state["searchFilter"] == "tags.variant.corpus = 'gm'"
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`dev/best_f1`", False)
    columns = [column.partition(".")[0] for column in state["selectedColumns"]]
    assert columns == sorted(columns, key=["tags", "params", "metrics"].index)
    assert tags["mlflow.note.content"].count("viewStateShareKey=scores-") == 4


def test_a_view_of_a_searchs_trials(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    offer_views(uri, "bner", "gm", "search_gm", "search_gm")
    client, experiment_id = open_store(uri, "bner")
    view = json.loads(client.get_experiment(experiment_id).tags["mlflow.sharedViewState.scores-gm-search_gm"])
    state = json.loads(view["state"])
    assert view["name"] == "gm, trials of search_gm"
    assert state["searchFilter"] == "tags.variant.corpus = 'gm' AND tags.`trial.study` = 'search_gm'"
    assert state["orderByKey"] == "metrics.`dev/best_f1`"
    assert state["selectedColumns"][:2] == ["tags.`trial.number`", "tags.`trial.state`"]
    assert not [column for column in state["selectedColumns"] if "test" in column]


def test_what_a_user_changed_stays(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    offer_views(uri, "bner", "gm")
    client, experiment_id = open_store(uri, "bner")
    client.set_experiment_tag(experiment_id, "mlflow.sharedViewState.scores-gm", "mine")
    client.set_experiment_tag(experiment_id, "mlflow.note.content", "my notes")
    offer_views(uri, "bner", "gm", "table2")
    tags = client.get_experiment(experiment_id).tags
    assert tags["mlflow.sharedViewState.scores-gm"] == "mine"
    assert tags["mlflow.note.content"] == "my notes"
    assert "mlflow.sharedViewState.scores-gm-table2" in tags


def test_the_variants_that_have_runs(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    client, experiment_id = open_store(uri, "bner")
    for tags in ({"variant.corpus": "gm", "paper.table": "table2"}, {"variant.corpus": "gm"}, {"kind": "sweep"}):
        client.create_run(experiment_id, tags=tags)
    assert tracked_variants(uri, "bner") == (experiment_id, [("gm", None), ("gm", "table2")])


def test_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = "#/experiments/1/runs/abc?workflowType=machine_learning"
    here, elsewhere = tracking_uri(None, Path("mlruns")), tracking_uri(None, tmp_path / "a b")
    assert where_to_look("run", here, "bner", "1", "abc") == (
        f"run abc: start `bner ui`, then open http://127.0.0.1:5000/{page}"
    )
    assert ui_command(elsewhere, "mine") == f"bner ui --mlruns '{tmp_path}/a b' --experiment mine"
    assert ui_command("postgresql://me:hunter2@host/db", "bner") == "bner ui --uri 'postgresql://***@host/db'"
    server = "http://me:hunter2@host:5000/"
    assert server_address(server) == "http://host:5000"
    assert where_to_look("sweep", server, "bner", "1", "abc") == f"sweep abc: http://host:5000/{page}"


def test_a_view_of_the_tests_of_significance(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    offer_views(uri, "bner", "gm")
    assert significance_experiment(uri, "bner") is None
    offer_tests_view(uri)
    client, experiment_id = open_store(uri, "bner-significance")
    assert significance_experiment(uri, "bner") == experiment_id
    tags = client.get_experiment(experiment_id).tags
    state = json.loads(json.loads(tags["mlflow.sharedViewState.tests"])["state"])
    assert state["searchFilter"] == "tags.kind = 'significance'"
    assert {"params.`first_name`", "params.`second_name`", "params.`corpus`", "params.`unit`", "metrics.`low`"} < set(
        state["selectedColumns"]
    )
    assert state["selectedColumns"][-2:] == ["metrics.`p`", "metrics.`p_corrected`"]
    assert "viewStateShareKey=tests" in tags["mlflow.note.content"]
