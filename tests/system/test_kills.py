"""A run that is killed at any moment, and started again, ends as one that was not."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

from tests.system.test_runs import FAST, artifacts, command, environment, runs

WORDS = (*FAST, "trainer.max_epochs=8", "trainer.patience=3", "resume=auto")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run was that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(command(folder, *WORDS), env=environment(), capture_output=True, check=True)
    return folder


def epochs_in(output: str) -> list[int]:
    return [int(line.split()[1].rstrip(":")) for line in output.splitlines() if line.startswith("epoch ")]


def test_no_more_than_the_last_epoch_is_trained_again(tmp_path: Path) -> None:
    # Nothing is learnt after the first epoch: the last epoch is still kept, though the first stays the best.
    words = command(tmp_path, *FAST, "optimizer.lr=0", "trainer.max_epochs=12", "trainer.patience=100", "resume=auto")
    trained = 0
    for until in (4, 8, 12):
        process = subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        numbers = []
        for line in process.stdout:
            if line.startswith("epoch"):
                numbers.append(int(line.split()[1].rstrip(":")))
            if numbers and numbers[-1] == until and until < 12:
                process.send_signal(signal.SIGKILL)
                break
        rest = process.communicate(timeout=120)[0]
        assert numbers[0] in (trained, trained + 1)
        trained = max([numbers[-1], *epochs_in(rest)])
    (run,) = runs(tmp_path)
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments(tmp_path: Path, undisturbed: Path, seed: int) -> None:
    chance = random.Random(seed)
    kills, trained = 0, 0
    for _ in range(12):
        process = subprocess.Popen(
            command(tmp_path, *WORDS), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        lines = chance.randint(1, 4)  # the run's name, and up to three epochs
        for line in process.stdout:
            if line.startswith("epoch"):
                epoch = int(line.split()[1].rstrip(":"))
                assert epoch in (trained, trained + 1)  # at most the last one is trained again
                trained = epoch
            lines -= line.startswith(("epoch", "sample-"))
            if not lines:
                time.sleep(chance.random() * 0.3)  # an epoch takes less
                process.send_signal(signal.SIGKILL)
                break
        rest = process.communicate(timeout=120)[0]  # an epoch may have ended between its line before and the kill
        trained = max([trained, *epochs_in(rest)])
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
    else:
        subprocess.run(command(tmp_path, *WORDS), env=environment(), capture_output=True, check=True)
    assert kills > 0
    (run,), (other,) = runs(tmp_path), runs(undisturbed)
    assert run.info.status == other.info.status == "FINISHED"
    for name in ("test/f1", "test/official_f1", "dev/best_f1"):
        assert run.data.metrics[name] == other.data.metrics[name]
    states = [
        torch.load(artifacts(folder, each) / "checkpoints/best.ckpt", weights_only=True)["state_dict"]
        for folder, each in ((tmp_path, run), (undisturbed, other))
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])
    assert not list((tmp_path / "checkpoints").iterdir())
