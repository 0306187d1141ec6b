"""Conversion of vectors in any other format into a store."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.runtime.files import folder_written_whole
from bner.runtime.hashing import sha256_of_files
from bner.vectors.formats import VectorFile, check_dim, recognise
from bner.vectors.keys import check_digits, word_keys
from bner.vectors.store import ARRAYS, CARD, VERSION, StoreCard, hashes_of
from bner.vectors.streams import every


def write_store(source: Path, store: Path, dim: int | None = None, digits: str = "num") -> StoreCard:
    """Convert vectors into a store, atomically; words that share a key are summed.

    The vectors are written as they are read. Memory holds the keys and their index: about 250 bytes a word, so 0.8 GB
    for 3 million words. The disk needs the size of the vectors, 4 bytes a value.

    Args:
        source: a file or folder in any format that `recognise` knows, except a store.
        store: the folder to make; an older store there is replaced.
        dim: the dimension that the vectors should have; None takes the file's.
        digits: the rule that makes words into keys, see `bner.vectors.keys`; the store serves no other.

    Raises:
        BnerError: the source cannot be read, or has another dimension or values that are not finite; there is no such
            rule; `store` is something other than a store, or cannot be written.
    """
    check_digits(digits)
    file = recognise(source)
    check_dim(file, dim)
    if file.is_store:
        raise BnerError(f"{source} is already a store: name the file that it was made from, or copy the folder.")
    if store.exists() and not (store / CARD).is_file():
        raise BnerError(f"{store.absolute()} exists and is not a store of vectors: choose another name, or remove it.")
    sha256 = sha256_of_files(file.files)
    with folder_written_whole(store) as folder:
        keys = _write_vectors(file, folder / "vectors.npy", digits)
        spelt = [key.encode(errors="replace") for key in keys]
        del keys
        _save(folder, "words", np.frombuffer(b"".join(spelt), np.uint8))
        _save(folder, "ends", np.cumsum(np.fromiter(map(len, spelt), np.int64, len(spelt))))
        hashes, words = hashes_of(spelt), len(spelt)
        del spelt
        order = np.argsort(hashes, kind="stable")
        _save(folder, "hashes", hashes[order])
        _save(folder, "order", order)
        card = StoreCard(VERSION, words, file.dim, digits, source.name, sha256)
        (folder / CARD).write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")
    return card


def _write_vectors(file: VectorFile, path: Path, digits: str) -> list[str]:
    """Write one row for each key and return the keys in the order of the rows."""
    rows_of: dict[str, int] = {}
    with path.open("w+b") as target:
        _write_header(target, 0, file.dim)
        begin = target.tell()
        for words, rows in file.rows(every):
            if not np.isfinite(rows).all():
                word = words[int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])]
                raise BnerError(
                    f"{file.path} has values for '{word}' that are not finite numbers: fetch or write it again."
                )
            before = len(rows_of)
            ids = np.array([rows_of.setdefault(key, len(rows_of)) for key in word_keys(_lines(words), digits)])
            new = np.zeros(len(ids), np.bool_)
            new[np.unique(ids, return_index=True)[1]] = True
            new &= ids >= before
            target.write(np.ascontiguousarray(rows[new], "<f4").tobytes())
            if not new.all():
                # A new mapping for each block: what it touches counts as the program's memory until it is closed.
                target.flush()
                written = np.memmap(target, "<f4", "r+", begin, (len(rows_of), file.dim))
                np.add.at(written, ids[~new], rows[~new])
                del written
        if not rows_of:
            raise BnerError(f"{file.path} has no words: check the file.")
        target.seek(0)
        _write_header(target, len(rows_of), file.dim)
        if target.tell() != begin:
            raise AssertionError("numpy's header changed its size")
    return list(rows_of)


def _lines(words: list[str]) -> str:
    return "\n".join(word.replace("\n", " ") for word in words)


def _write_header(target: BinaryIO, words: int, dim: int) -> None:
    # numpy leaves space in the header for the first dimension to grow.
    np.lib.format.write_array_header_1_0(target, {"descr": "<f4", "fortran_order": False, "shape": (words, dim)})


def _save(folder: Path, name: str, array: NDArray[Any]) -> None:
    np.save(folder / f"{name}.npy", array.astype(ARRAYS[name], copy=False), allow_pickle=False)
