"""Read lines with their numbers; write files atomically."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bner.errors import BnerError

_WINDOWS = os.name == "nt"


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a UTF-8 text file, each with its number from 1 and without its line end.

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
    """Write a file atomically: yield a temporary file that replaces `path` when the block ends without an error.

    Readers see the old file or the new one, never a part of it; after an error the old file is untouched. The new one
    is synced to disk first.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        created = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        created.touch(exist_ok=False)  # with the permissions of any new file, which `tempfile` would not give
        temporary = created
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Write a folder of files: yield a temporary folder that replaces `path` when the block ends without an error.

    After an error an existing folder is untouched. Its replacement takes two steps of the file system: a power cut
    between them leaves the old folder in the hidden one beside it. The new folder is synced to disk first.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full; on Windows also where another process has a
            file of the old folder open.
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
            sync(name)
        if path.exists():
            path.rename(old)
        new.rename(path)
        sync(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            if (temporary / "old").exists() and not path.exists():
                (temporary / "old").rename(path)
            shutil.rmtree(temporary, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk.

    Windows cannot wait for a folder, and waits for a file only where it may be written.
    """
    if _WINDOWS and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if _WINDOWS else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> BnerError:
    return BnerError(f"{path} cannot be written ({error.strerror}): free some space or choose another folder.")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write the lines as UTF-8 text, atomically.

    Raises:
        BnerError: see `written_whole`.
    """
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
