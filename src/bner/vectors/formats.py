"""Recognise the format of a file of vectors from its content, and read the wanted rows of any of them."""

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
from bner.vectors.store import CARD, check_store_digits, open_store, read_card
from bner.vectors.streams import Rows, Select, opened
from bner.vectors.wanted import Wanted

_HEAD = 1 << 20  # bytes by which a format is recognised
_FIRST_LINE = re.compile(rb"(\d{1,12}) (\d{1,9})[ \r]*\n")
_PICKLE = b"\x80"
_KNOWN = (
    "word2vec .bin, word2vec or fastText text, GloVe text, the folder of SENNA, gensim's KeyedVectors, or a store of "
    "bner vectors convert"
)


@dataclass(frozen=True)
class VectorFile:
    """File or folder of vectors in a known format.

    Attributes:
        path: the path as it was given.
        format: the name of the format, for messages.
        words: the number of words, where the file says it without being read whole.
        dim: the dimension of the vectors.
        files: the files whose contents make up the vectors; of a store, the card that has its source's hash.
        rows: yields the selected rows; a store yields none, its rows are looked up.
    """

    path: Path
    format: str
    words: int | None
    dim: int
    files: tuple[Path, ...]
    rows: Callable[[Select], Rows]

    @property
    def is_store(self) -> bool:
        """Return whether it is a store, whose rows are looked up."""
        return self.files[-1].name == CARD


def recognise(path: Path) -> VectorFile:
    """Recognise the format of a file or folder from its content.

    Raises:
        BnerError: it cannot be read, is empty, or is in no known format.
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
            path, "KeyedVectors", len(saved.words), saved.dim, saved.files, partial(keyed_vectors.rows, saved)
        )
    first = _FIRST_LINE.match(head)
    if first is None:
        return _glove(path, head)
    start, words, dim = first.end(), int(first[1]), int(first[2])
    if words < 1 or dim < 1:
        raise BnerError(
            f"{path} says in its first line that it has {words} words of dimension {dim}: fetch or write it again."
        )
    if _is_text(head[start:], dim):
        _check_rows(path, head[start:], dim)
        return VectorFile(path, "text", words, dim, (path,), partial(text.rows, path, start, words, dim))
    return VectorFile(path, "word2vec binary", words, dim, (path,), partial(word2vec.rows, path, start, words, dim))


def read_vectors(
    path: Path, wanted: Collection[str], dim: int | None = None, digits: str = "num"
) -> dict[str, NDArray[np.float32]]:
    """Read the vectors of the wanted keys; words of the file that share a key are summed, as in the paper's program.

    Args:
        path: a file or folder in any known format.
        wanted: keys, as `word_key` makes them.
        dim: the dimension that the vectors should have; None takes the file's.
        digits: the rule of the keys, see `bner.vectors.keys`.

    Returns:
        For each key that the file has, a vector (dim,).

    Raises:
        BnerError: the file is missing or broken, in no known format, or a store with another rule, or has vectors of
            another dimension or values that are not finite.
    """
    file = recognise(path)
    check_dim(file, dim)
    found: dict[str, NDArray[np.float32]] = {}
    if file.is_store:
        check_store_digits(path, digits)
        store, keys = open_store(path), list(wanted)
        ids = store.lookup(keys)
        found = dict(zip(compress(keys, ids >= 0), store.rows(ids[ids >= 0]), strict=True))
    else:
        for words, rows in file.rows(Wanted(wanted, digits)):
            for key, row in zip(word_keys("\n".join(words), digits), rows, strict=True):
                found[key] = found[key] + row if key in found else row.copy()
    for key, row in found.items():
        if not np.isfinite(row).all():
            raise BnerError(f"{path} has values for '{key}' that are not finite numbers: fetch or write it again.")
    return found


def check_dim(file: VectorFile, dim: int | None) -> None:
    """Compare the dimension of a file's vectors with the expected one, if one is given.

    Raises:
        BnerError: they differ.
    """
    if dim is not None and file.dim != dim:
        raise BnerError(
            f"{file.path} has vectors of dimension {file.dim} and {dim} is expected: name another file, or set "
            f"embedding.dim={file.dim}."
        )


def shown(path: Path, words: Sequence[str], digits: str | None = None) -> list[str]:
    """Describe in lines what a file has, and for each word its key and its vector's Euclidean length.

    Args:
        path: a file or folder in any known format.
        words: words to look up.
        digits: the rule of the keys; None takes a store's own, `num` for files.

    Raises:
        BnerError: see `read_vectors`.
    """
    file = recognise(path)
    if digits is None:
        digits = read_card(path).digits if file.is_store else "num"
    lines = [f"format     {file.format}", f"words      {file.words or 'not written in the file'}"]
    lines += [f"dimension  {file.dim}", f"digits     {digits}"]
    keys = {word: word_key(word, digits) for word in words}
    found = read_vectors(path, set(keys.values()), digits=digits) if keys else {}
    for word, key in keys.items():
        length = f"length {np.linalg.norm(found[key]):.4f}" if key in found else "no vector"
        lines.append(f"{word}: looked up as '{key}', {length}")
    return lines


def _folder(path: Path) -> VectorFile:
    if (path / CARD).is_file():
        card = read_card(path)
        return VectorFile(path, "store", card.words, card.dim, (path / CARD,), lambda _: iter(()))
    files = senna.senna_files(path)
    if files is None:
        raise BnerError(
            f"{path} is a folder with neither SENNA's words.lst and embeddings.txt nor a store's {CARD}: "
            "name another folder or file."
        )
    words, dim = senna.read_words(files[0]), _usual_fields(_head_of(files[1]))
    if not words or not dim:
        raise BnerError(f"{files[0] if not words else files[1]} is empty: fetch it again.")
    return VectorFile(path, "SENNA", len(words), dim, files, partial(senna.rows, files, words, dim))


def _glove(path: Path, head: bytes) -> VectorFile:
    dim = _usual_fields(head) - 1
    if dim < 1 or not _are_numbers(head.split(b"\n", 1)[0].rsplit(maxsplit=dim)[1:]):
        raise BnerError(f"{path} is in no format of vectors that bner reads: use {_KNOWN}.")
    return VectorFile(path, "GloVe text", None, dim, (path,), partial(text.rows, path, 0, None, dim))


def _head_of(path: Path) -> bytes:
    with opened(path) as file:
        return file.read(_HEAD)


def _usual_fields(head: bytes) -> int:
    """Return the number of fields that most lines have; few words have spaces, and the last line may be cut off."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    counts = Counter(len(line.split()) for line in lines[: max(len(lines) - 1, 1)])
    return max(counts, key=lambda fields: (counts[fields], -fields), default=0)


def _check_rows(path: Path, rows: bytes, dim: int) -> None:
    found = _usual_fields(rows) - 1
    if found != dim:
        raise BnerError(
            f"{path} says in its first line that its vectors have dimension {dim}, and has {found} values a line: "
            "fetch or write the file again."
        )


def _is_text(rows: bytes, dim: int) -> bool:
    """Return whether values are written as text, judged by the first row: few binary floats are all printable bytes."""
    values = rows.partition(b" ")[2][: min(4 * dim, 64)]
    if not values or all(32 <= byte < 127 or byte in b"\t\r\n" for byte in values):
        return bool(values)
    # In a small file those bytes reach into the second row, whose word may be anything.
    fields = rows.partition(b"\n")[0].split()
    return len(fields) == dim + 1 and _are_numbers(fields[1:])


def _are_numbers(fields: Sequence[bytes]) -> bool:
    try:
        for field in fields:
            float(field)
    except ValueError:
        return False
    return True
