"""The password of a store's address appears nowhere: not in the store, its artifacts, or the output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.test_runs import FAST, command, environment, runs, sweep_command
from tests.system.test_stores import epochs_of, free_port, server

SECRET = "hunter2"
EPOCHS = ("trainer.max_epochs=1", "tracking.wait_minutes=0")


def files_with_the_password(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("words", [command, sweep_command])
@pytest.mark.parametrize("given", ["environment", "override"])
def test_a_server_that_cannot_be_reached(tmp_path: Path, words: object, given: str) -> None:
    uri = f"http://me:{SECRET}@127.0.0.1:{free_port()}"
    variables = {**environment(), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    called = words(tmp_path, *FAST, *EPOCHS, "seed=1")  # type: ignore[operator]
    if given == "environment":
        variables["MLFLOW_TRACKING_URI"] = uri
    else:
        called.append(f"tracking.uri='{uri}'")
    done = subprocess.run(called, env=variables, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert SECRET not in done.stdout + done.stderr
    assert "http://***@127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_beside_an_address_with_a_password(tmp_path: Path) -> None:
    """The environment names a server, the command line sqlite; the note repeats the command line."""
    variables = {**environment(), "MLFLOW_TRACKING_URI": f"http://me:{SECRET}@127.0.0.1:9"}
    words = (*FAST, *EPOCHS, f"tracking.uri=sqlite:///{tmp_path}/mlflow.db")
    done = subprocess.run(
        command(tmp_path, *words), env=variables, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert SECRET not in done.stdout + done.stderr
    assert [run.info.status for run in runs(tmp_path)] == ["FINISHED"]
    assert not files_with_the_password(tmp_path)


def test_a_server_with_a_password_that_goes_away(tmp_path: Path) -> None:
    port, mlruns = free_port(), tmp_path / "mlruns"
    with server(tmp_path, port) as address:
        variables = {**environment(), "MLFLOW_TRACKING_URI": address.replace("://", f"://me:{SECRET}@")}
        process = subprocess.Popen(
            command(mlruns, *FAST, "trainer.max_epochs=8", "tracking.wait_minutes=0.05"),
            env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path,
        )  # fmt: skip
        said = "".join(epochs_of(process, 2))
        listed = subprocess.run(
            [Path(sys.executable).with_name("bner"), "runs"], env=variables, capture_output=True, text=True, check=True
        )
        assert "RUNNING" in listed.stdout
        assert SECRET not in listed.stdout + listed.stderr
    said += process.communicate(timeout=240)[0]
    assert process.returncode == 1, said
    assert "http://***@127.0.0.1" in said
    assert SECRET not in said
    assert not files_with_the_password(tmp_path)
