"""Extraction of single regular files from archives, by checked names; nothing else is written to disk."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from bner.errors import BnerError

_BLOCK = 1 << 20

_Member = tuple[str, Callable[[], IO[bytes] | None] | None]  # its name; opens it where it is a regular file


class BadArchiveError(BnerError):
    """The archive itself is bad, and not worth keeping."""


def unpack(archive: Path, wanted: Mapping[str, tuple[Path, int]]) -> None:
    """Extract members of a .tar.gz, .tgz or .zip, each to a path of its own, synced to disk.

    Args:
        archive: the file.
        wanted: for the end of a member's path, as whole names, the file to write and the largest size in bytes.

    Raises:
        BadArchiveError: the archive is broken, a path in it leads out of it, or a wanted member is missing, ambiguous,
            too large or not a regular file; files already written are left to the caller.
        BnerError: a file cannot be written.
    """
    found: dict[str, str] = {}
    with _read_errors(archive):
        for name, opened in (_zip_members if archive.suffix == ".zip" else _tar_members)(archive):
            parts = _checked_parts(archive, name)
            for end, (target, most_bytes) in wanted.items():
                names = tuple(end.split("/"))
                if parts[-len(names) :] != names:
                    continue
                if end in found:
                    raise BadArchiveError(f"{archive} has {end} twice, as {found[end]} and {name}: it is refused.")
                found[end] = name
                source = opened() if opened else None
                if source is None:
                    raise BadArchiveError(f"{archive} has {name} as a link or folder, not as a file: it is refused.")
                _write(target, _blocks(archive, name, source, most_bytes))
    for end in wanted:
        if end not in found:
            raise BadArchiveError(f"{archive} has no {end}: the published archive has changed, look for another copy.")


@contextmanager
def _read_errors(archive: Path) -> Iterator[None]:
    """Translate the errors of the libraries that read archives into one-line messages."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BadArchiveError(f"{archive} is broken or ends early ({error}): fetch it again.") from error
    except RuntimeError as error:  # zipfile raises it for a password or an unknown compression
        raise BadArchiveError(f"{archive} cannot be unpacked ({error}): look for another copy.") from error
    except OSError as error:
        raise BnerError(f"{archive} cannot be read ({error.strerror}): check the disk and fetch it again.") from error


def _tar_members(archive: Path) -> Iterator[_Member]:
    with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r:") as file:
        for member in file:
            yield member.name, partial(file.extractfile, member) if member.isreg() else None
        while stream.read(_BLOCK):  # to its end, where gzip's checksum is
            pass


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the archive was not made on Unix
            regular = kind in (0, stat.S_IFREG) and not member.is_dir()
            yield member.orig_filename, partial(file.open, member) if regular else None


def _checked_parts(archive: Path, name: str) -> tuple[str, ...]:
    """Split a member's path into names; an archive with a path that leads out of it is refused as a whole."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or name[1:2] == ":":
        raise BadArchiveError(f"{archive} has a path that leads out of it ({name!r}): the archive is refused.")
    return tuple(part for part in parts if part not in ("", "."))


def _blocks(archive: Path, name: str, source: IO[bytes], most_bytes: int) -> Iterator[bytes]:
    """Yield the member's bytes, counted, since the sizes that an archive states may be false."""
    count = 0
    with _read_errors(archive), source:
        while block := source.read(_BLOCK):
            count += len(block)
            if count > most_bytes:
                raise BadArchiveError(
                    f"{archive} may be a decompression bomb, {name} has more than {most_bytes:,} bytes: it is refused."
                )
            yield block


def _write(target: Path, blocks: Iterator[bytes]) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BnerError(
            f"{target} cannot be written ({error.strerror}): free some space or choose another folder."
        ) from error
