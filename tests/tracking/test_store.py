"""Reading never creates a store; errors of a store are one sentence without passwords."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from bner.errors import BnerError
from bner.tracking.environment import environment
from bner.tracking.lookup import begin_run, stored_config
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.store import open_store, read_store, tracking_uri
from bner.tracking.store_errors import reason, store_errors


def test_reading_creates_no_database(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path / "mlruns")
    with pytest.raises(BnerError, match=rf"there is no MLflow database {tmp_path}/mlruns/mlflow.db: track a run"):
        read_store(uri, "bner")
    assert not list(tmp_path.iterdir())


def test_an_empty_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").touch()
    with pytest.raises(BnerError, match="there is no MLflow database"):
        read_store(tracking_uri(None, tmp_path), "bner")
    assert not (tmp_path / "mlflow.db").stat().st_size


def test_reading_creates_no_experiment(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    _, identifier = open_store(uri, "bner")
    assert read_store(uri, "bner")[1] == identifier
    with pytest.raises(BnerError, match=r"has no experiment other, only .*bner.*--experiment NAME"):
        read_store(uri, "other")
    client, _ = read_store(uri, "bner")
    assert client.get_experiment_by_name("other") is None


def test_an_unreachable_store_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for opened in (open_store, read_store):
        with pytest.raises(BnerError) as caught:
            opened("http://me:hunter2@127.0.0.1:9", "bner")
        assert "hunter2" not in str(caught.value)
        assert "http://***@127.0.0.1:9 cannot be opened" in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError("(raised by a flush) (sqlite3.OperationalError) disk is full [SQL: INSERT ...]"), "disk is full"),
        (MlflowException("API request to http://me:hunter2@h failed: [Errno 111] Connection refused'))"),
         "Connection refused"),
        (MlflowException("Invalid URL http://me:hunter2@h/api"), "Invalid URL http://***@h/api"),
        (OSError("x" * 200), "x" * 157 + "..."),
    ],
)  # fmt: skip
def test_the_reason_of_an_error_is_short(error: Exception, expected: str) -> None:
    assert reason(error) == expected


def test_store_errors_are_sentences() -> None:
    with (
        pytest.raises(BnerError, match=r"the MLflow store http://\*\*\*@h does not accept tags \(full\): check"),
        store_errors("http://me:hunter2@h", "does not accept tags"),
    ):
        raise OSError("full")


def test_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BNER_ONE", "before")
    with environment(BNER_ONE="within", BNER_TWO="within"):
        assert (os.environ["BNER_ONE"], os.environ["BNER_TWO"]) == ("within", "within")
    assert os.environ["BNER_ONE"] == "before"
    assert "BNER_TWO" not in os.environ


@pytest.fixture
def run(tmp_path: Path) -> TrackedRun:
    store = RunStore(tracking_uri(None, tmp_path), "bner", tmp_path / "checkpoints")
    secret = "http://me:hunter2@host"
    return begin_run(store, "name", {"uri": secret, "seed": 1}, {"mlflow.note.content": f"`x tracking.uri={secret}`"})


def test_a_run_stores_no_password(run: TrackedRun, tmp_path: Path) -> None:
    run.log_text("uri: http://me:hunter2@host\n", "config.yaml")
    data = run.client.get_run(run.id).data
    assert data.params == {"uri": "http://***@host", "seed": "1"}
    assert data.tags["mlflow.note.content"] == "`x tracking.uri=http://***@host`"
    assert stored_config(run) == "uri: http://***@host\n"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]


def test_a_run_has_the_standard_tags(run: TrackedRun) -> None:
    tags = run.tags()
    assert tags["mlflow.source.name"] == "train.py"
    assert tags["mlflow.source.type"] == "LOCAL"
    assert tags["mlflow.user"]
    assert len(tags.get("mlflow.source.git.commit", "0" * 40)) == 40


def test_reading_a_configuration_draws_no_progress_bar(run: TrackedRun, capfd: pytest.CaptureFixture[str]) -> None:
    run.log_text("a: 1\n", "config.yaml")
    capfd.readouterr()
    assert stored_config(run) == "a: 1\n"
    assert capfd.readouterr() == ("", "")
    assert "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR" not in os.environ
