"""The table of word vectors that a corpus needs: the wanted rows of a file, or random ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors.formats import read_vectors, recognise
from bner.vectors.keys import UNKNOWN


@dataclass(frozen=True)
class VectorSource:
    """Where vectors come from.

    Attributes:
        name: what they are called in runs and tables.
        width: values in each vector.
        file: a file or folder in any format that `bner.vectors.formats` knows; None makes random vectors.
        origin: one clause that says how to get or train the file.
    """

    name: str
    width: int
    file: str | None
    origin: str


@dataclass(frozen=True)
class WordTable:
    """Keys and their vectors, each divided by its Euclidean length; row 0 is UNKNOWN, all zeros.

    Attributes:
        words: the key of each row.
        rows: one vector a key, (words, width).
    """

    words: tuple[str, ...]
    rows: NDArray[np.float32]


def word_table(source: VectorSource, keys: Iterable[str], seed: int) -> WordTable:
    """The vectors of those keys that have one, in the order of the keys.

    Args:
        source: the file, or random.
        keys: keys as `word_key` makes them.
        seed: of random vectors; one key and one seed always give the same vector, whatever the other keys.

    Raises:
        BnerError: the file is missing or broken, or has a vector for none of the keys.
    """
    wanted = dict.fromkeys(keys)
    if source.file is None:
        vectors = {key: _random_vector(key, source.width, seed) for key in wanted}
    else:
        vectors = read_vectors(existing_file(source), wanted.keys(), source.width)
    words = [key for key in wanted if key in vectors and vectors[key].any()]
    if not words:
        raise BnerError(f"{source.file} has a vector for none of the corpus's words: check that it is the right file.")
    rows = np.stack([vectors[word] for word in words])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return WordTable((UNKNOWN, *words), np.concatenate([np.zeros((1, source.width), np.float32), rows]))


def source_files(source: VectorSource) -> tuple[Path, ...]:
    """The files whose contents make up a source's vectors, to be hashed; none for random vectors.

    Of a store it is the card alone, which holds the hash of the file that was converted.

    Raises:
        BnerError: the file is missing or in no known format.
    """
    return () if source.file is None else recognise(existing_file(source)).files


def existing_file(source: VectorSource) -> Path:
    """The source's file or folder, or the file's gzip version where only that is there.

    Raises:
        BnerError: it is not there; the sentence says where it was looked for and how to come by it.
    """
    path = Path(str(source.file)).absolute()
    packed = path.with_name(path.name + ".gz")
    if not path.exists() and packed.is_file():
        return packed
    if not path.exists():
        raise BnerError(
            f"the vectors of embedding={source.name} are missing: {path} was looked for; set BNER_DATA (or "
            f"paths.data=) to the folder that holds embeddings/, or name a file with embedding.file= ({source.origin})."
        )
    return path


def _random_vector(key: str, width: int, seed: int) -> NDArray[np.float32]:
    digest = hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "little")).uniform(-1, 1, width).astype(np.float32)
