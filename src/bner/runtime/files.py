"""Reading lines with their numbers, writing files whole or not at all, hashing them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bner.errors import BnerError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 text file, each with its number from 1 and without its line end.

    Raises:
        BnerError: the file cannot be opened or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield number, line.rstrip("\n")
    except OSError as error:
        raise BnerError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from error
    except UnicodeDecodeError as error:
        raise BnerError(f"{path} is not UTF-8 text ({error.reason}): convert it, or check the download.") from error


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place, synced to disk, when the block ends without an error.

    Readers see the old file or the new one, never a half of it; after an error the old file is untouched.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        synced(temporary)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
        synced(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that takes its place, synced to disk, when the block ends without an error.

    A folder that is there is replaced; after an error it is untouched. Its replacement takes two steps of the file
    system: a power cut between them leaves the old folder in the hidden one beside it.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full.
    """
    path = path.absolute()
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        new, old = temporary / "new", temporary / "old"
        new.mkdir()
        yield new
        for name in (*new.iterdir(), new):
            synced(name)
        if path.exists():
            path.rename(old)
        new.rename(path)
        synced(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            if (temporary / "old").exists() and not path.exists():
                (temporary / "old").rename(path)
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Holds a lock for as long as the block lasts, and says whether it was to be had; it goes with the process.

    Between machines it works where the file system passes locks on, as NFS does.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full.
    """
    try:
        handle = _lock(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield handle is not None
    finally:
        if handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Holds a lock for as long as the block lasts, after waiting for whoever holds it; the file stays."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(path: Path) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:
            pass
        os.close(handle)  # the last holder has just removed the file: the lock is on nothing


def synced(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> BnerError:
    return BnerError(f"{path} cannot be written ({error.strerror}): free some space or choose another place.")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes the lines as UTF-8 text, the whole file or nothing.

    Raises:
        BnerError: see `written_whole`.
    """
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def sha256_of_files(paths: Iterable[Path]) -> str:
    """One SHA-256, in hexadecimal, over the contents of the files in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()
