"""Vectors as text, plain or gzip: word2vec's and fastText's (a first line says `words width`) and GloVe's (none does).

A line is a word and its values, with spaces between. A word may itself hold spaces, as in GloVe's 840B: the last fields
are the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors.streams import BLOCK, Rows, Select, opened

_LONGEST_LINE = 1 << 20  # bytes


def rows(path: Path, start: int, count: int | None, width: int, select: Select) -> Rows:
    """The kept rows of a text file.

    Args:
        path: the file.
        start: where its rows begin, in bytes: behind the first line or at 0.
        count: words, where the first line says it.
        width: values in each vector.
        select: which words of a block are kept.

    Raises:
        BnerError: the file ends early, a row has too few values or one that is no number, or it cannot be read.
    """
    done, skipped = 0, 1 if start else 0
    for number, block in line_blocks(path, start):
        block = block if count is None else block[: max(count - done, 0)]
        fields = [_fields(path, line, number + skipped + place, width) for place, line in enumerate(block)]
        done += len(fields)
        if fields:
            kept = select(b"\n".join(word for word, _ in fields))
            if len(kept):
                words = [fields[place][0].decode(errors="replace") for place in kept]
                values = [(number + skipped + place, fields[place][1]) for place in kept]
                yield words, numbers(path, values, width)
    if count is not None and done < count:
        raise BnerError(
            f"{path} ends before word {done + 1} of the {count} that its first line promises: fetch or write it again."
        )


def line_blocks(path: Path, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of a file from byte `start` on, without their ends, in blocks; with the number of a block's first line.

    Numbers count from 1 at `start`. Empty lines at the file's end do not count as lines.

    Raises:
        BnerError: the file cannot be read, or a line is far longer than a vector.
    """
    number, rest = 1, b""
    with opened(path) as file:
        file.seek(start)
        while read := file.read(BLOCK):
            rest += read
            # Empty lines wait: they are lines only if others follow.
            whole = rest[: rest.rfind(b"\n") + 1].rstrip(b"\r\n")
            if whole:
                rest = rest[len(whole) :].partition(b"\n")[2]
                lines = whole.split(b"\n")
                yield number, lines
                number += len(lines)
            if len(rest) > _LONGEST_LINE:
                raise BnerError(f"{path} has no line end in a million bytes: check that it is a text of vectors.")
        if rest.strip():
            yield number, rest.rstrip(b"\r\n").split(b"\n")


def numbers(path: Path, lines: Sequence[tuple[int, bytes]], width: int) -> NDArray[np.float32]:
    """The values of lines, (lines, width), each line given with its number for the error's text.

    Raises:
        BnerError: a line has another number of values, or one that is no number.
    """
    result = np.empty((len(lines), width), np.float32)
    for row, (number, line) in zip(result, lines, strict=True):
        fields = line.split()
        if len(fields) != width:
            raise BnerError(
                f"{path}:{number} has {len(fields)} values instead of {width}: fetch or write the file again."
            )
        try:
            row[:] = [float(field) for field in fields]
        except ValueError:
            raise BnerError(
                f"{path}:{number} has a value that is no number: check the file's format, or fetch it again."
            ) from None
    return result


def _fields(path: Path, line: bytes, number: int, width: int) -> tuple[bytes, bytes]:
    """The word of a line, and its values, not parsed."""
    line = line.rstrip()
    if line.count(b" ") == width:  # the common case, and a fast one
        word, _, values = line.partition(b" ")
        return word, values
    parts = line.rsplit(maxsplit=width)
    if len(parts) <= width:
        raise BnerError(
            f"{path}:{number} has fewer values than the {width} of other rows: it is cut off or broken, fetch it again."
        )
    return parts[0], b" ".join(parts[1:])
