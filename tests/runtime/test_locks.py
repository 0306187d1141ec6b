"""Locks: held by one process at a time, gone with the process, never held twice when the file is removed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.runtime.locks import try_lock, wait_for_lock

HOLD = """
import sys
from pathlib import Path
from bner.runtime.locks import try_lock
with try_lock(Path(sys.argv[1])) as held:
    print(held, flush=True)
    sys.stdin.read()
"""
# Each holder makes a file that nobody else may have made, and removes it again.
RACE = """
import sys, time
from pathlib import Path
from bner.runtime.locks import try_lock
path, alone, held = Path(sys.argv[1]), Path(sys.argv[2]), 0
while held < 150:
    with try_lock(path) as got:
        if got:
            alone.touch(exist_ok=False)
            time.sleep(0.001)
            alone.unlink()
            held += 1
print(held)
"""


def started(program: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def holder(path: Path) -> subprocess.Popen[str]:
    process = started(HOLD, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_the_second_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.lock"
    with holder(path) as process:
        with try_lock(path) as held:
            assert not held
        assert path.exists()  # the one who does not hold it leaves it alone
        process.communicate("")
    assert not path.exists()
    with try_lock(path) as held, try_lock(path) as again:
        assert held
        assert not again
    assert not path.exists()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with holder(path) as process:
        process.kill()
    assert path.exists()
    with try_lock(path) as held:
        assert held
    assert not path.exists()


def test_an_error_in_the_block_releases_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(KeyError), try_lock(path):
        raise KeyError
    with try_lock(path) as held:
        assert held


def test_one_waits_for_the_other(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    said: list[str] = []
    with holder(path) as process:
        program = (
            "import sys; from pathlib import Path; from bner.runtime.locks import wait_for_lock\n"
            "with wait_for_lock(Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n    print('held')"
        )
        with started(program, path) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "waiting\n"
            time.sleep(0.2)
            assert waiting.poll() is None
            process.communicate("")
            assert waiting.communicate("")[0] == "held\n"
    with wait_for_lock(path, lambda: said.append("waiting")):
        assert path.exists()
    assert not said


def test_those_who_race_with_the_removal_never_both_hold_it(tmp_path: Path) -> None:
    racing = [started(RACE, tmp_path / "a.lock", tmp_path / "alone") for _ in range(4)]
    for process in racing:
        assert process.communicate(timeout=120)[0] == "150\n"
        assert process.returncode == 0


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for lock in (try_lock, wait_for_lock):
        with pytest.raises(BnerError, match=r"a\.lock cannot be locked \(.*\): check the folder's permissions"):
            lock(tmp_path / "file" / "a.lock").__enter__()
