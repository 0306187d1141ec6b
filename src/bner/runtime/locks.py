"""Locks between processes: files that one process at a time holds, on Linux, macOS and Windows.

A lock belongs to the operating system, so that it ends with its process, however that ends. It works between machines
where their file system passes locks on, as NFS does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from bner.errors import BnerError


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock `path` during the block if nobody else holds it, without waiting.

    Yields True where the block holds the lock, False where another process does. The file is gone afterwards.

    Raises:
        BnerError: the file cannot be created or locked.
    """
    lock = _lock_file(path)
    held = _acquired(lock, path)
    try:
        yield held
    finally:
        if held:
            # Removed while it is held: a process that already waits for this file sees that its name is gone, and
            # begins again. Windows refuses to remove an open file; there the library removes it after the release.
            with suppress(OSError):
                path.unlink()
            lock.release()


@contextmanager
def wait_for_lock(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock `path` during the block, after waiting for the process that holds it; the file stays.

    Args:
        path: the lock file.
        waiting: called once before a wait, if there is one.

    Raises:
        BnerError: the file cannot be created or locked.
    """
    lock = _lock_file(path)
    if not _acquired(lock, path):
        if waiting is not None:
            waiting()
        with _errors(path):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _lock_file(path: Path) -> FileLock:
    with _errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, fallback_to_soft=False)  # soft locks would survive a process that is killed


def _acquired(lock: FileLock, path: Path) -> bool:
    """Try once to acquire the lock, and again where the holder has removed the file during the attempt."""
    while True:
        try:
            with _errors(path):
                lock.acquire(blocking=False)
            return True
        except Timeout:
            if path.exists():
                return False


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except Timeout:  # an OSError, but no error
        raise
    except OSError as error:
        raise BnerError(
            f"{path} cannot be locked ({error.strerror or error}): check the folder's permissions, or name a folder on "
            "a file system with locks."
        ) from error
