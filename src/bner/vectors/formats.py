"""Which format a file of vectors has, told from its content, and reading the wanted rows of any of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors import keyed_vectors, senna, text, word2vec
from bner.vectors.keys import word_key, word_keys
from bner.vectors.store import CARD, open_store, read_card
from bner.vectors.streams import Rows, Select, opened
from bner.vectors.wanted import Wanted

_HEAD = 1 << 20  # bytes that are looked at
_FIRST_LINE = re.compile(rb"(\d{1,12}) (\d{1,9})[ \r]*\n")
_PICKLE = b"\x80"
_KNOWN = (
    "word2vec .bin, word2vec or fastText text, GloVe text, the folder of SENNA, gensim's KeyedVectors, or a store of "
    "bner vectors convert"
)


@dataclass(frozen=True)
class VectorFile:
    """A file or folder of vectors whose format is known.

    Attributes:
        path: as it was named.
        format: for people to read.
        words: how many, where that is written without reading them all.
        width: values in each vector.
        files: those whose contents make up the vectors; of a store, the card that names its source's hash.
        rows: the kept rows; a store gives none, it is looked up in.
    """

    path: Path
    format: str
    words: int | None
    width: int
    files: tuple[Path, ...]
    rows: Callable[[Select], Rows]

    @property
    def is_store(self) -> bool:
        """Whether rows are looked up, not read through."""
        return self.files[-1].name == CARD


def recognise(path: Path) -> VectorFile:
    """Tells the format of a file or folder from what it holds.

    Raises:
        BnerError: it cannot be read, is empty, or is in no format that is known.
    """
    if path.is_dir():
        return _folder(path)
    with opened(path) as file:
        head = file.read(_HEAD)
    if not head:
        raise BnerError(f"{path} is empty: fetch or write the file again.")
    if head.startswith(_PICKLE):
        saved = keyed_vectors.read_saved(path)
        return VectorFile(
            path, "KeyedVectors", len(saved.words), saved.width, saved.files, partial(keyed_vectors.rows, saved)
        )
    first = _FIRST_LINE.match(head)
    if first is None:
        return _glove(path, head)
    start, words, width = first.end(), int(first[1]), int(first[2])
    if words < 1 or width < 1:
        raise BnerError(f"{path} promises {words} words, {width} wide, in its first line: fetch or write it again.")
    if _is_text(head[start:], width):
        _check_rows(path, head[start:], width)
        return VectorFile(path, "text", words, width, (path,), partial(text.rows, path, start, words, width))
    return VectorFile(path, "word2vec binary", words, width, (path,), partial(word2vec.rows, path, start, words, width))


def read_vectors(path: Path, wanted: Collection[str], width: int | None = None) -> dict[str, NDArray[np.float32]]:
    """The vectors of the wanted keys; words of the file that share a key are summed, as in the paper's program.

    Args:
        path: a file or folder in any format that is known.
        wanted: keys, as `word_key` makes them.
        width: the number of values that each vector should have; None takes the file's.

    Returns:
        For each key that the file has, a vector of `width` values.

    Raises:
        BnerError: the file is missing or broken, in no known format, holds another width or no numbers.
    """
    file = recognise(path)
    check_width(file, width)
    found: dict[str, NDArray[np.float32]] = {}
    if file.is_store:
        store, keys = open_store(path), list(wanted)
        ids = store.lookup(keys)
        found = dict(zip(compress(keys, ids >= 0), store.rows(ids[ids >= 0]), strict=True))
    else:
        for words, rows in file.rows(Wanted(wanted)):
            for key, row in zip(word_keys("\n".join(words)), rows, strict=True):
                found[key] = found[key] + row if key in found else row.copy()
    for key, row in found.items():
        if not np.isfinite(row).all():
            raise BnerError(f"{path} holds values for '{key}' that are no finite numbers: fetch or write it again.")
    return found


def check_width(file: VectorFile, width: int | None) -> None:
    """Compares a file's width with the one that is asked for, if one is.

    Raises:
        BnerError: they differ.
    """
    if width is not None and file.width != width:
        raise BnerError(
            f"{file.path} holds vectors {file.width} wide and embedding.width says {width}: "
            "name the right file or width."
        )


def shown(path: Path, words: Sequence[str]) -> list[str]:
    """Lines that say what a file holds, and for each word its key and its vector's Euclidean length.

    Raises:
        BnerError: see `read_vectors`.
    """
    file = recognise(path)
    lines = [f"format  {file.format}", f"words   {file.words or 'not written in the file'}", f"width   {file.width}"]
    keys = {word: word_key(word) for word in words}
    found = read_vectors(path, set(keys.values())) if keys else {}
    for word, key in keys.items():
        length = f"length {np.linalg.norm(found[key]):.4f}" if key in found else "no vector"
        lines.append(f"{word}: looked up as '{key}', {length}")
    return lines


def _folder(path: Path) -> VectorFile:
    if (path / CARD).is_file():
        card = read_card(path)
        return VectorFile(path, "store", card.words, card.width, (path / CARD,), lambda _: iter(()))
    files = senna.senna_files(path)
    if files is None:
        raise BnerError(
            f"{path} is a folder with neither SENNA's words.lst and embeddings.txt nor a store's {CARD}: "
            "name the right folder or file."
        )
    words, width = senna.read_words(files[0]), _usual_fields(_head_of(files[1]))
    if not words or not width:
        raise BnerError(f"{files[0] if not words else files[1]} is empty: fetch it again.")
    return VectorFile(path, "SENNA", len(words), width, files, partial(senna.rows, files, words, width))


def _glove(path: Path, head: bytes) -> VectorFile:
    width = _usual_fields(head) - 1
    if width < 1 or not _are_numbers(head.split(b"\n", 1)[0].rsplit(maxsplit=width)[1:]):
        raise BnerError(f"{path} is in no format of vectors that bner knows: use {_KNOWN}.")
    return VectorFile(path, "GloVe text", None, width, (path,), partial(text.rows, path, 0, None, width))


def _head_of(path: Path) -> bytes:
    with opened(path) as file:
        return file.read(_HEAD)


def _usual_fields(head: bytes) -> int:
    """The number of fields that most lines have: few words have spaces in them. The last line may be cut off."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    counts = Counter(len(line.split()) for line in lines[: max(len(lines) - 1, 1)])
    return max(counts, key=lambda fields: (counts[fields], -fields), default=0)


def _check_rows(path: Path, rows: bytes, width: int) -> None:
    found = _usual_fields(rows) - 1
    if found != width:
        raise BnerError(
            f"{path} promises vectors {width} wide in its first line and holds {found} values a line: "
            "fetch or write the file again."
        )


def _is_text(rows: bytes, width: int) -> bool:
    """Whether values are written out, told from the first row: the bytes of floats are hardly ever all printable."""
    values = rows.partition(b" ")[2][: min(4 * width, 64)]
    if not values or all(32 <= byte < 127 or byte in b"\t\r\n" for byte in values):
        return bool(values)
    # In a small file those bytes reach into the second row, whose word may be anything.
    fields = rows.partition(b"\n")[0].split()
    return len(fields) == width + 1 and _are_numbers(fields[1:])


def _are_numbers(fields: Sequence[bytes]) -> bool:
    try:
        for field in fields:
            float(field)
    except ValueError:
        return False
    return True
