"""Stores that are away, full or not to be written to: nothing trained is lost, and what is wrong is one sentence."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from tests.system.test_runs import FAST, command, environment, runs, sweep_command


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(folder: Path, port: int) -> Iterator[str]:
    """`mlflow server` on this machine, until the block ends."""
    words = [
        str(Path(sys.executable).with_name("mlflow")), "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/server.db",
        "--artifacts-destination", str(folder / "kept"),
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(words, env=environment(), stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.25)
        else:
            raise TimeoutError((folder / "server.log").read_text())
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def epochs_of(process: subprocess.Popen[str], number: int) -> list[str]:
    """The lines that a run prints up to the end of an epoch."""
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith(f"epoch {number}:"):
            return lines
    raise AssertionError("".join(lines))


def test_a_server_that_goes_away_for_a_while(tmp_path: Path) -> None:
    port = free_port()
    mlruns = tmp_path / "mlruns"
    words = (*FAST, "trainer.max_epochs=60", "trainer.patience=100")
    with server(tmp_path, port) as address:
        variables = {**environment(), "MLFLOW_TRACKING_URI": address}
        process = subprocess.Popen(
            command(tmp_path / "mlruns", *words),
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = epochs_of(process, 3)
    time.sleep(8)
    with server(tmp_path, port) as address:
        said += [process.communicate(timeout=240)[0]]
        text = "".join(said)
        assert process.returncode == 0, text
        assert text.count("does not accept metrics") == 1
        assert "training continues, and the metrics are kept in" in text
        assert text.count("answers again") == 1
        assert "Traceback" not in text
        client = MlflowClient(address)
        (experiment,) = (each for each in client.search_experiments() if each.name == "bner")
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.info.status == "FINISHED"
        steps = [point.step for point in client.get_metric_history(run.info.run_id, "dev/f1")]
        assert len(set(steps)) == len(steps) == 60
        kept = {each.path for each in client.list_artifacts(run.info.run_id)}
        assert {"config.yaml", "predictions", "checkpoints"} <= kept
    assert (tmp_path / "kept").is_dir()  # through the server
    assert not list((mlruns / "checkpoints").iterdir())


def test_a_server_that_stays_away(tmp_path: Path) -> None:
    port = free_port()
    words = (*FAST, "trainer.max_epochs=6", "tracking.wait_minutes=0.05", "resume=auto")
    mlruns = tmp_path / "mlruns"
    with server(tmp_path, port) as address:
        variables = {**environment(), "MLFLOW_TRACKING_URI": address}
        process = subprocess.Popen(
            command(mlruns, *words), env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = epochs_of(process, 2)
    text = "".join(said) + process.communicate(timeout=240)[0]
    assert process.returncode == 1, text
    assert "has not answered for 0.05 minutes" in text
    assert "Traceback" not in text
    (waiting,) = (mlruns / "checkpoints").glob("*.waiting")
    assert f"{waiting} holds the metrics it has not accepted" in text
    with server(tmp_path, port) as address:
        done = subprocess.run(command(mlruns, *words), env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "\nepoch " not in done.stdout  # only what was missing
        client = MlflowClient(address)
        (experiment,) = (each for each in client.search_experiments() if each.name == "bner")
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.info.status == "FINISHED"
        assert len(client.get_metric_history(run.info.run_id, "dev/f1")) == 6
        sweep = subprocess.run(
            sweep_command(mlruns, *words[:-1]), env=variables, capture_output=True, text=True, check=False
        )
        assert sweep.returncode == 0, sweep.stdout + sweep.stderr
        assert "nothing to do, run" in sweep.stdout
    assert not list((mlruns / "checkpoints").iterdir())


def test_a_full_disk(tmp_path: Path) -> None:
    words = (*FAST, "model.hidden_size=600", "trainer.max_epochs=2", "resume=auto", "trainer.limit_train_batches=2")
    subprocess.run(command(tmp_path, *FAST, "trainer.max_epochs=1"), env=environment(), capture_output=True, check=True)

    def small_files() -> None:  # no file can grow beyond this; the checkpoint would
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        command(tmp_path, *words),
        env=environment(),
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written (File too large): free some space" in done.stderr
    assert sorted(run.info.status for run in runs(tmp_path)) == ["FAILED", "FINISHED"]
    subprocess.run(command(tmp_path, *words), env=environment(), capture_output=True, check=True)
    assert [run.info.status for run in runs(tmp_path)] == ["FINISHED"] * 2


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of so many kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={request.param}k", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # this process may still have a database open


@pytest.mark.parametrize(
    ("small_disk", "said"),
    [(700, "cannot be opened (database or disk is full)"), (1600, "cannot be written (No space left on device)")],
    indirect=["small_disk"],
)
def test_a_small_disk(small_disk: Path, said: str) -> None:
    words = (*FAST, "model.hidden_size=150", "trainer.max_epochs=2", "trainer.limit_train_batches=2")
    done = subprocess.run(command(small_disk, *words), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("bner: ")
    assert done.stderr.count("\n") == 1
    assert [run.info.status for run in runs(small_disk)] == ["FAILED"] * said.startswith("cannot be written")
    assert not list(small_disk.rglob("*.part*"))


@pytest.mark.parametrize("read_only", ["folder", "database"])
def test_a_folder_that_is_not_to_be_written_to(tmp_path: Path, read_only: str) -> None:
    if read_only == "database":
        subprocess.run(command(tmp_path, *FAST, "trainer.max_epochs=1"), env=environment(), check=True)
        (tmp_path / "mlflow.db").chmod(0o444)
    else:
        tmp_path.chmod(0o500)
    as_anybody = []
    if os.geteuid() == 0:  # to whom nothing is read-only
        if shutil.which("setpriv") is None:
            pytest.skip("root needs setpriv to meet a folder that it must not write to")
        as_anybody = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    try:
        for words in (command, sweep_command):
            called = [*as_anybody, *words(tmp_path, *FAST, "seed=2", "trainer.max_epochs=1")]
            done = subprocess.run(called, env=environment(), capture_output=True, text=True, check=False)
            assert done.returncode == 1
            assert any(text in done.stderr for text in ("Permission denied", "attempt to write a readonly database"))
            assert done.stderr.startswith("bner: ")
            assert done.stderr.count("\n") == 1
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (command, sweep_command):
        done = subprocess.run(
            words(tmp_path / "file" / "mlruns", *FAST), env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "Not a directory" in done.stderr
        assert done.stderr.startswith("bner: ")
        assert done.stderr.count("\n") == 1
