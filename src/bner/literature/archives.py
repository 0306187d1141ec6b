"""Reader of tar archives as streams: nothing is written to disk, and decompression bombs are refused."""

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

# Text is compressed to about a tenth; data that grows more than this, beyond the first megabytes, is not text.
_LARGEST_RATIO = 200
_FREE = 64 << 20  # bytes
LARGEST_MEMBER = 64 << 20  # bytes of one document within an archive

BROKEN = (EOFError, OSError, lzma.LZMAError, zlib.error, tarfile.TarError)


class DecompressionBombError(Exception):
    """Compressed data grows far more than text does."""


class BoundedStream(io.RawIOBase):
    """Stream of at most `bound` bytes, past which reading raises DecompressionBombError."""

    def __init__(self, stream: IO[bytes], bound: int) -> None:
        self.stream = stream
        self.left = bound

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer as far as one read goes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self.stream.read(len(view))
        view[: len(data)] = data
        self.left -= len(data)
        if self.left < 0:
            raise DecompressionBombError
        return len(data)

    def close(self) -> None:
        """Close this stream and the one below."""
        self.stream.close()
        super().close()


def decompressed(path: Path) -> IO[bytes]:
    """Open a file as a stream of bytes, decompressed where its first bytes say that it is gzip, xz or bzip2.

    Reading raises DecompressionBombError where the data grows far more than text does, and one of `BROKEN` where it is
    cut off or damaged.
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
    return io.BufferedReader(BoundedStream(stream, bound), 1 << 20)


def members(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, int, bytes | None]]:
    """Yield the regular files of a tar archive that have a wanted name, in order: name, size in bytes, content.

    The content is None where it is larger than LARGEST_MEMBER.

    Raises:
        BnerError: the archive is broken, a decompression bomb, or has a member whose path leads out of it.
    """
    try:
        with decompressed(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts or "\\" in member.name:
                    raise BnerError(
                        f"{path} has a member named '{member.name}', which leads out of the archive: do not use "
                        "this archive."
                    )
                content = archive.extractfile(member) if member.isreg() and wanted(member.name) else None
                if content is not None:
                    yield member.name, member.size, content.read() if member.size <= LARGEST_MEMBER else None
            if not archive.offset:
                raise BnerError(f"{path} is an empty archive: check the download.")
            while stream.read(1 << 20):  # to the end, where the checksum of compressed data is
                pass
    except DecompressionBombError as error:
        raise BnerError(
            f"{path} is a decompression bomb, it grows to more than {_LARGEST_RATIO} times its size: do not use it."
        ) from error
    except BROKEN as error:
        raise BnerError(f"{path} is a broken archive ({error}): fetch it again.") from error
