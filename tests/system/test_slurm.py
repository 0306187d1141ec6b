"""A sweep on a real Slurm: jobs that are taken down in mid-epoch go on in their own runs, to the same scores."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from mlflow.entities import Run

from tests.system.slurm import cluster, reason_to_skip
from tests.system.test_runs import environment, runs, sweep_command

REASON = reason_to_skip()
SWEEP = (
    "experiment=table4", "corpus=sample", "embedding=random50", "seed=1,2", "model.hidden_size=60", "trainer.threads=1",
    "trainer.max_epochs=12", "trainer.patience=100", "tracking.system_metrics=false",
)  # fmt: skip
NAME = "sample-blstm"  # with which the names of runs begin: a job says its run's when it begins, and when it is resumed
SLURM = (
    "hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=2",
    "hydra.launcher.timeout_min=20",
)  # fmt: skip


@pytest.fixture
def slurm() -> Iterator[dict[str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        with cluster(folder) as variables:
            yield variables
    finally:
        shutil.rmtree(folder)


def kill_jobs(configuration: str) -> None:
    """Kills whatever runs within the cluster's jobs, as the end of a node does."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            variables = process.environ()
            if variables.get("SLURM_CONF") == configuration and "SLURM_JOB_ID" in variables:
                process.kill()


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.1)


@pytest.mark.skipif(REASON is not None, reason=str(REASON))
def test_jobs_that_are_taken_down_go_on(tmp_path: Path, slurm: dict[str, str]) -> None:
    variables = {**environment(), **slurm}

    def slurm_command(*words: str) -> None:
        subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, check=True)

    def output(job: int) -> str:
        return "".join(file.read_text() for file in tmp_path.glob(f"submitit/*_{job}/*_log.out"))

    with (tmp_path / "sweep.log").open("w") as log:
        sweep = subprocess.Popen(
            sweep_command(tmp_path, *SWEEP, *SLURM), cwd=tmp_path, env=variables, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        # One job is put back into the queue in mid-epoch ...
        wait_for("the first job's epochs", lambda: "epoch 2:" in output(0))
        (array,) = {file.name.partition("_")[0] for file in (tmp_path / "submitit").glob("*_0")}
        slurm_command("scontrol", "requeue", f"{array}_0")
        # ... one gets the signal that precedes a time limit ...
        wait_for("the second job's epochs", lambda: "epoch 3:" in output(1))
        # (scancel tries again for half a minute once the job has gone: it is not waited for)
        signaller = subprocess.Popen(["scancel", "--signal=USR2", f"{array}_1"], env=variables)
        # ... the last one gives way to a job that is urgent and takes the whole node ...
        wait_for("the last job's epochs", lambda: "epoch 2:" in output(3))
        slurm_command("sbatch", "--partition=urgent", "--cpus-per-task=2", "--output=urgent.out", "--wrap=date")
        wait_for("the urgent job", lambda: (tmp_path / "urgent.out").exists())
        # ... and then the node fails under it.
        wait_for("the last job to go on", lambda: output(3).count(NAME) > 1 and "epoch 6:" in output(3))
        node = socket.gethostname().partition(".")[0]
        slurm_command("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        kill_jobs(slurm["SLURM_CONF"])
        slurm_command("scontrol", "update", f"nodename={node}", "state=resume")
        assert sweep.wait(timeout=300) == 0, (tmp_path / "sweep.log").read_text()
        signaller.wait()
    finally:
        sweep.kill()
        subprocess.run(["scancel", "--user=root"], env={**os.environ, **slurm}, check=False)
    for job, turns in ((0, 2), (1, 2), (3, 3)):
        assert output(job).count(NAME) >= turns, output(job)  # begun, and resumed

    undisturbed = tmp_path / "undisturbed"
    subprocess.run(sweep_command(undisturbed, *SWEEP), cwd=tmp_path, env=environment(), capture_output=True, check=True)
    for folder in (tmp_path, undisturbed):
        assert sorted(run.info.status for run in runs(folder)) == ["FINISHED"] * 5  # four jobs, exactly one run each
    assert scores(runs(tmp_path)) == scores(runs(undisturbed))


def scores(found: list[Run]) -> dict[str, tuple[float, ...]]:
    metrics = ("dev/best_f1", "test/f1", "test/official_f1")
    return {
        run.info.run_name: tuple(run.data.metrics[name] for name in metrics)
        for run in found
        if run.data.tags.get("kind") != "sweep"
    }
