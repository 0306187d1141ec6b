"""Files are written whole or not at all, with the permissions of any new file, also as Windows allows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.runtime import files
from bner.runtime.files import folder_written_whole, read_lines, write_lines, written_whole


def fail(path: Path) -> None:
    path.write_text("half")
    raise KeyError


def test_the_old_file_stays_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_lines(path, ["old"])
    with pytest.raises(KeyError), written_whole(path) as temporary:
        fail(temporary)
    assert list(read_lines(path)) == [(1, "old")]
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]


def test_a_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_lines(tmp_path / "written", ["a"])
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    for content in ("one", "two"):
        with folder_written_whole(path) as folder:
            (folder / content).write_text(content)
    with pytest.raises(KeyError), folder_written_whole(path) as folder:
        fail(folder / "three")
    assert [entry.name for entry in path.iterdir()] == ["two"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "a.txt", tmp_path / "file" / "b"):
        with pytest.raises(BnerError, match=rf"{path.name} cannot be written \(.*\): free some space or choose"):
            write_lines(path, ["a"])
    with pytest.raises(BnerError, match="cannot be written"), folder_written_whole(tmp_path / "file" / "c"):
        pass


def test_nothing_is_asked_that_windows_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def windows_open(path: object, flags: int, *rest: int) -> int:
        if Path(str(path)).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return real(str(path), flags, *rest)

    def windows_fsync(handle: int) -> None:
        os.write(handle, b"")  # fails as Windows' fsync does where the file was opened for reading

    monkeypatch.setattr(os, "open", windows_open)
    monkeypatch.setattr(os, "fsync", windows_fsync)
    monkeypatch.setattr(files, "_WINDOWS", True)
    write_lines(tmp_path / "a.txt", ["a"])
    with folder_written_whole(tmp_path / "folder") as folder:
        write_lines(folder / "b.txt", ["b"])
    assert list(read_lines(tmp_path / "folder" / "b.txt")) == [(1, "b")]


def test_every_module_can_be_imported_where_posix_modules_are_missing() -> None:
    """As on Windows: without fcntl, and without the functions of os that only POSIX has."""
    program = """
import importlib, os, pkgutil, sys
for name in ("numpy", "torch", "pytorch_lightning", "mlflow", "gensim", "filelock"):
    importlib.import_module(name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("sched_getaffinity", "pread", "posix_fadvise", "fork"):
    delattr(os, name)
import bner
for module in pkgutil.walk_packages(bner.__path__, "bner."):
    importlib.import_module(module.name)
from bner.runtime.cores import usable_cores
print(usable_cores())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1
