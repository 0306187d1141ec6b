"""Reader of vectors as text, plain or gzip: word2vec and fastText (first line `words dim`), and GloVe (no such line).

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


def rows(path: Path, start: int, count: int | None, dim: int, select: Select) -> Rows:
    """Yield the kept rows of a text file.

    Args:
        path: the file.
        start: the byte at which its rows begin: behind the first line, or 0.
        count: number of words, where the first line says it.
        dim: dimension of the vectors.
        select: which words of a block are kept.

    Raises:
        BnerError: the file ends early, a row has too few values or one that is not a number, or it cannot be read.
    """
    done, skipped = 0, 1 if start else 0
    for number, block in line_blocks(path, start):
        block = block if count is None else block[: max(count - done, 0)]
        fields = [_fields(path, line, number + skipped + position, dim) for position, line in enumerate(block)]
        done += len(fields)
        if fields:
            kept = select(b"\n".join(word for word, _ in fields))
            if len(kept):
                words = [fields[position][0].decode(errors="replace") for position in kept]
                values = [(number + skipped + position, fields[position][1]) for position in kept]
                yield words, numbers(path, values, dim)
    if count is not None and done < count:
        raise BnerError(
            f"{path} ends before word {done + 1} of the {count} that its first line announces: fetch or write it again."
        )


def line_blocks(path: Path, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines of a file from byte `start` on, without line ends, in blocks with the first line's number.

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
                raise BnerError(f"{path} has no line end in a million bytes: check that it is a text file of vectors.")
        if rest.strip():
            yield number, rest.rstrip(b"\r\n").split(b"\n")


def numbers(path: Path, lines: Sequence[tuple[int, bytes]], dim: int) -> NDArray[np.float32]:
    """Parse the values of lines, (lines, dim); each line comes with its number, for the error messages.

    Raises:
        BnerError: a line has another number of values, or one that is not a number.
    """
    result = np.empty((len(lines), dim), np.float32)
    for row, (number, line) in zip(result, lines, strict=True):
        fields = line.split()
        if len(fields) != dim:
            raise BnerError(
                f"{path}:{number} has {len(fields)} values instead of {dim}: fetch or write the file again."
            )
        try:
            row[:] = [float(field) for field in fields]
        except ValueError:
            raise BnerError(
                f"{path}:{number} has a value that is not a number: check the file's format, or fetch it again."
            ) from None
    return result


def _fields(path: Path, line: bytes, number: int, dim: int) -> tuple[bytes, bytes]:
    """Split a line into its word and its values, which are not parsed."""
    line = line.rstrip()
    if line.count(b" ") == dim:  # the common case, and a fast one
        word, _, values = line.partition(b" ")
        return word, values
    parts = line.rsplit(maxsplit=dim)
    if len(parts) <= dim:
        raise BnerError(
            f"{path}:{number} has fewer values than the {dim} of other rows: it is cut off or broken, fetch it again."
        )
    return parts[0], b" ".join(parts[1:])
