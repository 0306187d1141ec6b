"""Reading word2vec's binary format, only the rows that are wanted.

The file is one line `words width`, then for each word its text, a space, and `width` little-endian 32-bit floats; some
writers put a line end after each vector.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError

_LONGEST_WORD = 4096  # bytes; more without a space means that the file is not what it says


def read_word2vec(
    path: Path, wanted: Collection[str], key: Callable[[str], str], width: int
) -> dict[str, NDArray[np.float32]]:
    """The vectors of the wanted keys; words of the file that share a key are summed, as in the paper's program.

    Args:
        path: a word2vec file in binary format.
        wanted: keys, as `key` makes them.
        key: what a word of the file is looked up as.
        width: the number of values that each vector should have.

    Returns:
        For each key that the file has, a vector of `width` values.

    Raises:
        BnerError: the file is missing, is no word2vec binary, ends early, holds another width or no numbers.
    """
    found: dict[str, NDArray[np.float32]] = {}
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            count, place = _header(path, data, width)
            size = 4 * width
            for row in range(count):
                space = data.find(b" ", place, place + _LONGEST_WORD)
                end = space + 1 + size
                if space < 0 or end > len(data):
                    raise BnerError(
                        f"{path} ends or breaks at word {row + 1} of the {count} that its first line promises: "
                        "fetch or write the file again."
                    )
                word = key(data[place:space].lstrip(b"\n").decode("utf-8", errors="replace"))
                if word in wanted:
                    vector = np.frombuffer(data[space + 1 : end], dtype="<f4")
                    found[word] = found[word] + vector if word in found else vector
                place = end
    except (OSError, ValueError) as error:  # mmap refuses an empty file with a ValueError
        raise BnerError(f"{path} cannot be read as word2vec binary ({error}): check the file.") from error
    for word, vector in found.items():
        if not np.isfinite(vector).all():
            raise BnerError(f"{path} holds values for '{word}' that are no finite numbers: fetch or write it again.")
    return found


def _header(path: Path, data: mmap.mmap, width: int) -> tuple[int, int]:
    """The number of words, and where the first of them stands."""
    line = data[: max(data.find(b"\n", 0, 100), 0)].split()
    if len(line) != 2 or not all(part.isdigit() for part in line):
        raise BnerError(f"{path} does not begin with 'words width' as word2vec binary does: check the file's format.")
    if int(line[1]) != width:
        raise BnerError(
            f"{path} holds vectors {int(line[1])} wide and embedding.width says {width}: name the right file or width."
        )
    return int(line[0]), data.find(b"\n") + 1
