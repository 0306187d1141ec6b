"""Members of tar archives, read as a stream: nothing is unpacked, and what looks hostile is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from bner.errors import BnerError

# Text shrinks to a tenth or so; more than this many times its size, beyond the first megabytes, is no text.
_LARGEST_RATIO = 200
_FREE = 64 << 20  # bytes
LARGEST_MEMBER = 64 << 20  # bytes of one document within an archive

BROKEN = (EOFError, OSError, lzma.LZMAError, zlib.error, tarfile.TarError)


class SwellingError(Exception):
    """Compressed data that grows beyond every text's measure."""


class Measured(io.RawIOBase):
    """A stream that gives out at most a bound of bytes; past it reading raises SwellingError."""

    def __init__(self, stream: IO[bytes], bound: int) -> None:
        self.stream = stream
        self.left = bound

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fills the buffer as far as one read goes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self.stream.read(len(view))
        view[: len(data)] = data
        self.left -= len(data)
        if self.left < 0:
            raise SwellingError
        return len(data)

    def close(self) -> None:
        """Closes the stream below as well."""
        self.stream.close()
        super().close()


def decompressed(path: Path) -> IO[bytes]:
    """A file as a stream of bytes, decompressed where its first bytes say gzip, xz or bzip2.

    Reading raises SwellingError where the data grows beyond every text's measure, one of `BROKEN` where it breaks off.
    """
    with path.open("rb") as file:
        begin = file.read(6)
    bound = _FREE + _LARGEST_RATIO * path.stat().st_size
    if begin.startswith(b"\x1f\x8b"):
        stream = cast(IO[bytes], gzip.open(path))  # noqa: SIM115
    elif begin == b"\xfd7zXZ\x00":
        stream = cast(IO[bytes], lzma.open(path))  # noqa: SIM115
    elif begin.startswith(b"BZh"):
        stream = cast(IO[bytes], bz2.open(path))  # noqa: SIM115
    else:
        return path.open("rb")
    return io.BufferedReader(Measured(stream, bound), 1 << 20)


def members(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, int, bytes | None]]:
    """The regular files of a tar archive with a wanted name, in their order: name, size in bytes, content.

    The content is None where it is larger than LARGEST_MEMBER.

    Raises:
        BnerError: the archive is broken, swells, or has a member whose name climbs out of it.
    """
    try:
        with decompressed(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts or "\\" in member.name:
                    raise BnerError(
                        f"{path} has a member named '{member.name}', which points out of the archive: do not use "
                        "this archive."
                    )
                content = archive.extractfile(member) if member.isreg() and wanted(member.name) else None
                if content is not None:
                    yield member.name, member.size, content.read() if member.size <= LARGEST_MEMBER else None
            if not archive.offset:
                raise BnerError(f"{path} is an empty archive: check the download.")
            while stream.read(1 << 20):  # to the end, where compressed data is checked
                pass
    except SwellingError as error:
        raise BnerError(
            f"{path} grows to more than {_LARGEST_RATIO} times its size when it is decompressed: do not use it."
        ) from error
    except BROKEN as error:
        raise BnerError(f"{path} is a broken archive ({error}): fetch it again.") from error
