"""Reader of word2vec's binary format, plain or gzip.

The file is one line `words dim`, then for each word its text, a space, and `dim` little-endian 32-bit floats; some
writers put a line end after each vector.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bner.errors import BnerError
from bner.vectors.streams import BLOCK, Rows, Select, opened

_LONGEST_WORD = 4096  # bytes; more without a space means that the file is broken
_SPACE = ord(" ")
_WORDS_TO_LINES = bytes.maketrans(b" \n", b"\n ")


def rows(path: Path, start: int, count: int, dim: int, select: Select) -> Rows:
    """Yield the kept rows of a word2vec binary.

    A regular expression finds a block's words, since its loop over bytes runs in C.

    Args:
        path: the file.
        start: the byte at which its first line ends.
        count: number of words, as its first line says.
        dim: dimension of the vectors, as its first line says.
        select: which words of a block are kept.

    Raises:
        BnerError: the file ends early or breaks, or cannot be read.
    """
    size = 4 * dim
    record = re.compile(rb"([^ ]*+) .{%d}" % size, re.DOTALL)
    buffer = bytearray(max(BLOCK, 2 * (_LONGEST_WORD + 1 + size)))
    view, content = memoryview(buffer), np.frombuffer(buffer, np.uint8)
    vectors = sliding_window_view(content, size)  # the vector that begins at each byte
    with opened(path) as file:
        file.seek(start)
        done = rest = 0  # words read; bytes of a record that the last block cut off
        while done < count:
            read = file.readinto(view[rest:])  # type: ignore[attr-defined]
            filled = rest + read
            # Records follow without gaps: a record's first space ends its word, and only the last can be cut off.
            raw: list[bytes] = record.findall(view[:filled])[: count - done]
            joined = b" ".join(raw) + b" "
            spaces = np.flatnonzero(np.frombuffer(joined, np.uint8) == _SPACE) if raw else np.zeros(0, np.int64)
            ends = spaces + 1 + size * np.arange(1, len(raw) + 1)
            too_long = np.flatnonzero(np.diff(spaces, prepend=-1) - 1 > _LONGEST_WORD)
            if not read or too_long.size or (not raw and filled == len(buffer)):
                word = done + 1 + (int(too_long[0]) if too_long.size else 0)
                raise BnerError(
                    f"{path} ends or breaks at word {word} of the {count} that its first line announces: "
                    "fetch or write the file again."
                )
            if raw:
                kept = select(_lines(joined[:-1]))
                if len(kept):
                    words = [raw[position].lstrip(b"\n").decode(errors="replace") for position in kept]
                    yield words, vectors[ends[np.asarray(kept)] - size].view("<f4").astype(np.float32, copy=False)
                filled, end = filled - int(ends[-1]), int(ends[-1])
                view[:filled] = view[end : end + filled]
            rest, done = filled, done + len(raw)


def _lines(joined: bytes) -> bytes:
    """Convert words between spaces to lines, without the line ends that belong to the vector before."""
    joined = joined.lstrip(b"\n")
    while b" \n" in joined:
        joined = joined.replace(b" \n", b" ")
    return joined.translate(_WORDS_TO_LINES)
