"""What a run prints: a line an epoch, a bar that fits the terminal, and always its scores and where they are."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.system.test_runs import FAST, command, environment

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines_in_a_terminal(words: list[str], columns: int) -> list[str]:
    """The lines that a program draws in a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {**environment(), "TERM": "xterm"}
    with subprocess.Popen(words, env=variables, stdout=follower, stderr=follower) as process:
        os.close(follower)
        drawn = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the program has ended
                break
            drawn += part
    os.close(leader)
    assert process.returncode == 0, drawn.decode()
    return [line.strip() for line in re.split(r"[\r\n]+", _CONTROL.sub("", drawn.decode())) if line.strip()]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_bar_fits_the_terminal(tmp_path: Path, columns: int) -> None:
    drawn = lines_in_a_terminal(command(tmp_path, *FAST, "trainer.max_epochs=10", "batch_size=4"), columns)
    bars = [line for line in drawn if line.startswith("epoch ")]
    assert any(line.startswith("epoch 10/10") and "203/203" in line and "dev F1: 0." in line for line in bars)
    for line in bars:
        assert len(line) <= columns
        assert "/s" in line or "dev F1" not in line  # the speed is last
    shown = [line for line in drawn if "tokens/s" in line]
    assert shown
    assert all(line.startswith("epoch ") for line in shown)  # and stands on the bar's own line


def test_without_progress_the_scores_are_printed(tmp_path: Path) -> None:
    words = command(tmp_path, *FAST, "trainer.max_epochs=2", "trainer.progress=false")
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines[1:]] == ["dev", "test", "test", "run"]
    assert lines[0].endswith(f"in sqlite:///{tmp_path}/mlflow.db")
    assert not done.stderr


def test_resuming_draws_no_bars_of_mlflows(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, *FAST, "trainer.max_epochs=40", "trainer.patience=40"),
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    run_id = next(line for line in process.stdout if ": run " in line).split(": run ")[1].split()[0]
    next(line for line in process.stdout if line.startswith("epoch 2:"))
    process.kill()
    process.communicate()
    words = command(tmp_path, f"resume={run_id}", "trainer.max_epochs=5")
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    assert "Downloading" not in done.stdout + done.stderr
    assert not done.stderr
