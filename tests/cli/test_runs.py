"""`bner runs` and `bner ui` where there is nothing to show."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bner.cli.app import app
from bner.errors import BnerError
from bner.tracking.store import open_store, tracking_uri


@pytest.mark.parametrize("command", ["runs", "ui"])
def test_the_wrong_folder_is_named_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 1
    assert isinstance(result.exception, BnerError)
    assert f"there is no MLflow database {tmp_path}/mlruns/mlflow.db: " in str(result.exception)
    assert "--mlruns FOLDER" in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_store_without_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    open_store(tracking_uri(None, tmp_path), "bner")
    result = CliRunner().invoke(app, ["runs", "--mlruns", str(tmp_path)])
    assert result.exit_code == 0
    assert result.stdout == f"experiment bner in sqlite:///{tmp_path}/mlflow.db has no runs yet\n"
