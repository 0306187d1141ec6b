"""Streams of vector files: plain and gzip files are opened alike and read a block of rows at a time.

A reader gives each block's words to the caller's `Select` and parses the rows that this keeps, so that millions of
unwanted rows cost neither time nor memory.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError

# From the words of a block, as bytes, one a line, to the positions of those whose rows are kept, in rising order.
Select = Callable[[bytes], Sequence[int]]
# For each block the kept words, and their vectors (words, dim).
Rows = Iterator[tuple[list[str], NDArray[np.float32]]]

BLOCK = 1 << 20  # bytes read at once: a block that fits a processor's cache is read twice as fast as one of 16 MiB
_GZIP = b"\x1f\x8b"


def every(words: bytes) -> Sequence[int]:
    """Keep all rows: a `Select`.

    >>> list(every(b"a\\nb"))
    [0, 1]
    """
    return range(words.count(b"\n") + 1)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed where its first bytes say that it is gzip.

    Raises:
        BnerError: the file cannot be read, or its gzip stream is cut off or damaged.
    """
    try:
        with path.open("rb", buffering=0) as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as file:
                    yield cast(BinaryIO, file)
            else:
                if hasattr(os, "posix_fadvise"):  # the kernel then reads ahead far enough not to wait for the disk
                    os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
                yield cast(BinaryIO, raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BnerError(f"{path} is a gzip file that is cut off or damaged ({error}): fetch it again.") from error
    except OSError as error:
        raise BnerError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from error
