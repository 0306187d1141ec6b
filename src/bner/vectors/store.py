"""Store of vectors for look-ups: a folder that opens at once, and of which only the rows asked for are read.

`vectors.npy` has one row for each key, the sum of the rows of the file that share it; `words.npy` the keys' UTF-8
bytes, one after the other, and `ends.npy` the position where each ends; `hashes.npy` the keys' hashes in rising order
and `order.npy` the row of each; `store.json` describes the folder and its source.

The index is mapped into memory; the vectors are read row by row, since touching one mapped row brings all its
neighbours into the program's memory.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors.keys import RULES

CARD = "store.json"
VERSION = 2  # of the format
ARRAYS = {"vectors": "<f4", "words": "|u1", "ends": "<i8", "hashes": "<u8", "order": "<i4"}  # files and their types
_TYPES = (int, int, int, str, str, str)  # of store.json's values


@dataclass(frozen=True)
class StoreCard:
    """Content of store.json.

    Attributes:
        version: version of the store's format.
        words: number of keys.
        dim: dimension of the vectors.
        digits: the rule that made words into keys, see `bner.vectors.keys`.
        source: name of the file that was converted.
        sha256: SHA-256 of its content.
    """

    version: int
    words: int
    dim: int
    digits: str
    source: str
    sha256: str


class Store:
    """Open store of vectors; see `open_store`."""

    def __init__(self, path: Path, card: StoreCard, arrays: dict[str, np.memmap[Any, Any]]) -> None:
        self.path = path
        self.card = card
        self._file = (path / "vectors.npy").open("rb", buffering=0)
        self._begin = arrays["vectors"].offset
        self._words = arrays["words"].data
        self._ends: NDArray[np.int64] = arrays["ends"]
        self._hashes: NDArray[np.uint64] = arrays["hashes"]
        self._order: NDArray[np.int32] = arrays["order"]

    def lookup(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each key, -1 for one that the store does not have; (keys,).

        The hash finds candidates and their bytes decide, so that keys with the same hash are told apart.

        Args:
            keys: as `bner.vectors.keys.word_key` makes them by the store's rule.
        """
        spelt = [key.encode(errors="replace") for key in keys]
        hashes = hashes_of(spelt)
        found = np.full(len(spelt), -1, np.int64)
        first = np.searchsorted(self._hashes, hashes, side="left")
        left = np.flatnonzero(first < len(self._hashes))
        while left.size:  # once, but for keys whose hash another key has too
            left = left[self._hashes[first[left]] == hashes[left]]
            ids = self._order[first[left]].astype(np.int64)
            if ids.size and (ids.min() < 0 or ids.max() >= self.card.words):
                raise self._broken("its index names rows that are not there")
            begins = np.where(ids > 0, self._ends[ids - 1], 0)
            same = np.fromiter(
                (
                    self._words[begin:end] == spelt[position]
                    for position, begin, end in zip(
                        left.tolist(), begins.tolist(), self._ends[ids].tolist(), strict=True
                    )
                ),
                np.bool_,
                len(ids),
            )
            found[left[same]] = ids[same]
            left = left[~same]
            first[left] += 1
            left = left[first[left] < len(self._hashes)]
        return found

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read the vectors of rows, (ids, dim); the row of -1 is all zeros.

        Raises:
            BnerError: the store was cut off while it was open.
        """
        result = np.zeros((len(ids), self.card.dim), np.float32)
        order = np.argsort(ids, kind="stable")
        order = order[ids[order] >= 0]
        size, handle = 4 * self.card.dim, self._file.fileno()
        offsets = (self._begin + size * ids[order]).tolist()
        if hasattr(os, "posix_fadvise"):  # the disk then gets all requests at once, and answers many times faster
            for offset in offsets:
                os.posix_fadvise(handle, offset, size, os.POSIX_FADV_WILLNEED)
        content = b"".join([_read_at(handle, size, offset) for offset in offsets])
        if len(content) != size * len(offsets):
            raise self._broken("its vectors end early")
        result[order] = np.frombuffer(content, "<f4").reshape(len(offsets), self.card.dim)
        return result

    def _broken(self, how: str) -> BnerError:
        return BnerError(f"the vector store {self.path} is broken ({how}): make it again with bner vectors convert.")


def hashes_of(words: Iterable[bytes]) -> NDArray[np.uint64]:
    """Compute a 64-bit hash of each word, the same in every process and on every machine."""
    digests = b"".join([hashlib.blake2b(word, digest_size=8).digest() for word in words])
    return np.frombuffer(digests, "<u8").astype(np.uint64, copy=False)


def read_card(path: Path) -> StoreCard:
    """Read the description of a store.

    Raises:
        BnerError: store.json is missing, broken, or of another version of the format.
    """
    try:
        fields = json.loads((path / CARD).read_text(encoding="utf-8"))
        version = fields["version"] if isinstance(fields, dict) else None
        if type(version) is int and version != VERSION:
            raise BnerError(
                f"{path} is a store in version {version} of the format, and this bner reads version {VERSION}: make it "
                "again with bner vectors convert."
            )
        card = StoreCard(**fields)
        whole = all(type(value) is type_ for value, type_ in zip(asdict(card).values(), _TYPES, strict=True))
        if not whole or card.words < 1 or card.dim < 1 or card.digits not in RULES:
            raise ValueError("a value is impossible")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BnerError(f"{path / CARD} cannot be read ({error}): make the store again.") from error
    return card


def check_store_digits(path: Path, digits: str) -> None:
    """Compare the rule of a store's keys with the one by which they are to be looked up.

    Raises:
        BnerError: they differ, or the store's description cannot be read.
    """
    made = read_card(path).digits
    if made != digits:
        raise BnerError(
            f"{path} is a store whose keys were made with digits={made} and cannot serve digits={digits}: make another "
            f"store with bner vectors convert --digits {digits}."
        )


def open_store(path: Path) -> Store:
    """Open a store without reading its arrays, which are mapped into memory.

    Raises:
        BnerError: a file is missing, cut off, or does not fit store.json.
    """
    card = read_card(path)
    arrays = {name: _mapped(path / f"{name}.npy") for name in ARRAYS}
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(ARRAYS, (card.words,))
    shapes["vectors"] = (card.words, card.dim)
    ends = arrays["ends"]
    shapes["words"] = (int(ends[-1]) if ends.ndim == 1 and ends.size else 0,)
    for name, array in arrays.items():
        if array.shape != shapes[name] or array.dtype != ARRAYS[name]:
            raise BnerError(
                f"{path / name}.npy has {array.dtype} {array.shape} instead of {ARRAYS[name]} {shapes[name]}: "
                "make the store again with bner vectors convert."
            )
    return Store(path, card, arrays)


if hasattr(os, "pread"):
    _read_at = os.pread
else:  # Windows

    def _read_at(handle: int, size: int, offset: int, /) -> bytes:
        os.lseek(handle, offset, os.SEEK_SET)
        return os.read(handle, size)


def _mapped(path: Path) -> np.memmap[Any, Any]:
    try:
        array: np.memmap[Any, Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BnerError(f"{path} cannot be read ({error}): make the store again with bner vectors convert.") from error
    return array
