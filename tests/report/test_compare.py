"""`bner compare`: the tests of two tracked runs, tracked themselves and linked both ways; what cannot be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from bner.analysis.significance import approximate_randomisation
from bner.cli import app as cli
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.tracking.scores import read_scores
from bner.tracking.store import tracking_uri

SENTENCES = 60


def made_run(
    mlruns: Path,
    name: str,
    share: float,
    seed: int,
    sentences: int = SENTENCES,
    corpus: str = "gm",
    tags: Mapping[str, str] | None = None,
    rng: int | None = None,
) -> str:
    """A tracked run with counts by sentence, from `rng`, else from its seed."""
    gold = np.random.default_rng(0).poisson(1.5, sentences)
    draws = np.random.default_rng(seed if rng is None else rng)
    columns = {"sentence": [f"{corpus}{number:03}" for number in range(sentences)]}
    for rule in ("official", "strict"):
        tp = draws.binomial(gold, share)
        columns |= {f"{rule}_tp": tp, f"{rule}_fp": draws.poisson(0.2, sentences), f"{rule}_fn": gold - tp}
    store = RunStore(tracking_uri(None, mlruns), "bner", mlruns / "checkpoints")
    tagged = {"variant.corpus": corpus, "mlflow.note.content": f"**{name}**", **(tags or {})}
    run = begin_run(store, name, {"seed": seed}, tagged)
    with run.recording(system_metrics=False):
        run.log_metrics({"test/f1": share})
        run.log_text(pd.DataFrame(columns).to_csv(index=False), "tables/by_sentence.csv")
    return run.id


def compared(capsys: pytest.CaptureFixture[str], mlruns: Path, *words: str, status: int = 0) -> str:
    """What the command prints, its errors included."""
    with pytest.raises(SystemExit) as ended:
        cli.app(["compare", "--mlruns", str(mlruns), *words]) if not status else _main(
            ["compare", "--mlruns", str(mlruns), *words]
        )
    assert (ended.value.code or 0) == status
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return said.out + said.err


def _main(words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["bner", *words])
        cli.main()


@pytest.fixture(scope="module")
def mlruns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def pair(mlruns: Path) -> tuple[str, str]:
    return made_run(mlruns, "weak", 0.4, 1), made_run(mlruns, "strong", 0.9, 2)


def test_two_runs(mlruns: Path, pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(compared(capsys, mlruns, *pair, "--json", "--resamples", "2000"))
    uri = tracking_uri(None, mlruns)
    first, second = (read_scores(uri, run) for run in pair)
    expected = approximate_randomisation([first.counts["official"]], [second.counts["official"]], 2000, 1)
    assert [(each["rule"], each["test"]) for each in said["tests"]] == [
        (rule, test) for rule in ("official", "strict")
        for test in ("approximate randomisation", "paired bootstrap", "paired t-test")
    ]  # fmt: skip
    assert said["tests"][0]["p"] == pytest.approx(expected.p)
    assert said["tests"][0]["effect"] == pytest.approx(expected.effect)
    assert said["tests"][1]["low"] < expected.effect < said["tests"][1]["high"]
    assert all(each["p"] < 0.05 for each in said["tests"])

    # Each test is a run, with links both ways.
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("bner-significance")
    tests = {run.info.run_id: run for run in client.search_runs([experiment.experiment_id])}
    assert set(tests) == {each["run"] for each in said["tests"]}
    for each in said["tests"]:
        run = tests[each["run"]]
        assert run.info.status == "FINISHED"
        assert (run.data.params["first"], run.data.params["second"]) == pair
        assert run.data.params["rule"] == each["rule"]
        assert run.data.metrics["p"] == pytest.approx(each["p"])
        assert {"tables"} <= {kept.path for kept in client.list_artifacts(run.info.run_id)}
        for compared_run in pair:
            tags = client.get_run(compared_run).data.tags
            assert each["run"] in tags["significance.runs"].split()
            assert f"/experiments/{experiment.experiment_id}/runs/{each['run']}" in tags["mlflow.note.content"]
            assert compared_run in run.data.tags["mlflow.note.content"]
    figures = [run for run in tests if [each.path for each in client.list_artifacts(run, "figures")]]
    assert len(figures) == 4  # the t-tests have no distribution
    note = client.get_run(pair[0]).data.tags["mlflow.note.content"]
    assert note.startswith("**weak**")
    assert note.count("Tests of significance") == 1

    # The same comparison keeps its runs and links.
    again = json.loads(compared(capsys, mlruns, *pair, "--json", "--resamples", "2000"))
    assert again == said
    assert client.get_run(pair[0]).data.tags["mlflow.note.content"] == note
    assert len(client.search_runs([experiment.experiment_id])) == len(tests)


def test_a_table_for_people(mlruns: Path, pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    said = compared(capsys, mlruns, *pair, "--resamples", "200")
    assert "F1 of strong" in said
    assert said.count("sentences") == 6
    note = MlflowClient(tracking_uri(None, mlruns)).get_run(pair[0]).data.tags["mlflow.note.content"]
    assert note.count("Tests of significance") == 1


def test_a_run_beside_itself(mlruns: Path, pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(compared(capsys, mlruns, pair[0], pair[0], "--json", "--resamples", "200"))
    assert {(each["effect"], each["p"]) for each in said["tests"]} == {(0.0, 1.0)}


def test_what_cannot_be_compared(
    mlruns: Path, pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, shorter = made_run(mlruns, "other", 0.5, 3, corpus="jnlpba"), made_run(mlruns, "short", 0.5, 3, sentences=9)
    store = RunStore(tracking_uri(None, mlruns), "bner", mlruns / "checkpoints")
    unfinished = begin_run(store, "unfinished", {}, {}).id
    for words, sentence in (
        ((pair[0], "nosuch"), "nosuch names no run of the MLflow store"),
        ((pair[0], other), "compare runs on the same test part"),
        ((pair[0], shorter), "of 9 others of gm"),
        ((unfinished, pair[0]), "(unfinished, RUNNING) has no counts by sentence"),
        (
            (*pair, "--test", "seeds"),
            "needs two or more pairs of runs with equal seeds, and weak has 1 and strong has 2",
        ),
        ((pair[0],), "needs either RUN_A and RUN_B, or --experiment SWEEP and --baseline VARIANT"),
    ):
        said = compared(capsys, mlruns, *words, status=1)
        assert sentence in said
        assert said.count("\n") == 1
    said = compared(capsys, tmp_path / "nothing", *pair, status=1)
    assert "there is no MLflow database" in said
    assert not (tmp_path / "nothing").exists()
