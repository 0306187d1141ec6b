"""Source of word vectors: the section `embedding` of the configuration, and the table that is built from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors.formats import check_dim, read_vectors, recognise
from bner.vectors.keys import UNKNOWN, check_digits
from bner.vectors.store import check_store_digits
from bner.vectors.table import WordTable

_ENDINGS = (".bin", ".txt", ".vec", ".gz", ".store")  # of file names, which names of vectors do without


@dataclass
class WordVectors:
    """Word vectors from a file, or random ones where no file is named.

    Attributes:
        dim: dimension of the vectors.
        default_name: the name of these vectors in runs and tables, as long as `file` names no other.
        default_file: their file or folder, in any format that `bner.vectors.formats` reads; None makes random vectors.
        origin: a clause that says how to get the default file, as in "run `bner fetch senna`".
        file: a file or folder of the user's own, instead of the default one.
        name: a name of the user's own; None is the file's name without its ending, or the default name.
        digits: the rule by which words are looked up, `num` or `zero`, see `bner.vectors.keys`.
        finetune: whether the vectors are trained with the network.
    """

    dim: int
    default_name: str
    default_file: str | None
    origin: str
    file: str | None = None
    name: str | None = None
    digits: str = "num"
    finetune: bool = False

    @property
    def label(self) -> str:
        """The name of these vectors in runs and tables.

        >>> WordVectors(300, "biomed300", "biomed300.bin", "bner embed", file="my/own.vec.gz").label
        'own'
        """
        if self.name:
            return self.name
        return self.default_name if self.file is None else _stem(Path(self.file).name)

    @property
    def path(self) -> Path | None:
        """The file or folder, or the file's gzip version where only that exists; None for random vectors."""
        chosen = self.default_file if self.file is None else self.file
        if chosen is None:
            return None
        path = Path(chosen).absolute()
        packed = path.with_name(f"{path.name}.gz")
        return packed if not path.exists() and packed.is_file() else path

    def files(self) -> tuple[Path, ...]:
        """Return the files whose contents make up the vectors, to be hashed; none for random vectors.

        Of a store it is the description alone, which has the hash of the file that was converted.

        Raises:
            BnerError: the file is missing or in no known format.
        """
        path = self._existing()
        return () if path is None else recognise(path).files

    def check(self) -> None:
        """Check the section and the beginning of its file, without reading the vectors.

        Raises:
            BnerError: a value is impossible, the file is missing, in no known format or of another dimension, or a
                store with another rule for digits.
        """
        if self.dim < 1:
            raise BnerError(f"embedding.dim is {self.dim}: use at least 1.")
        check_digits(self.digits)
        path = self._existing()
        if path is not None:
            file = recognise(path)
            check_dim(file, self.dim)
            if file.is_store:
                check_store_digits(path, self.digits)

    def build(self, keys: Iterable[str], seed: int) -> WordTable:
        """Build the table of the keys that have a vector, in the order of the keys.

        A file's vectors are as they are; keys without one, or with one of zeros, are left out. Random vectors are
        uniform; the seed and a key decide each one alone, so that it does not depend on the corpus.

        Args:
            keys: as `bner.vectors.keys.word_key` makes them by the rule `digits`.
            seed: of random vectors.

        Raises:
            BnerError: the file is missing or broken, or has a vector for none of the keys.
        """
        wanted = dict.fromkeys(keys)
        path = self._existing()
        if path is None:
            vectors = {key: _random_vector(key, self.dim, seed) for key in wanted}
        else:
            vectors = read_vectors(path, wanted.keys(), self.dim, self.digits)
        words = [key for key in wanted if key in vectors and vectors[key].any()]
        if not words:
            raise BnerError(f"{path} has a vector for none of the corpus's words: check that it is the right file.")
        rows = np.stack([vectors[word] for word in words])
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        rows = np.concatenate([np.zeros((1, self.dim), np.float32), rows])
        return WordTable((UNKNOWN, *words), rows, self.digits)

    def _existing(self) -> Path | None:
        """Return the path, which exists; None for random vectors.

        Raises:
            BnerError: it does not exist; the sentence says where it was expected and how to get it.
        """
        path = self.path
        if path is None or path.exists():
            return path
        if self.file is not None:
            raise BnerError(f"the vectors of embedding.file are missing: {path} does not exist, check the path.")
        raise BnerError(
            f"the vectors of embedding={self.default_name} are missing: {path} does not exist; {self.origin}, or "
            "set BNER_DATA (or paths.data=) to the folder that has embeddings/, or name a file with embedding.file=."
        )


def _stem(name: str) -> str:
    """Return a file's name without the endings that word vectors usually have.

    >>> [_stem(name) for name in ("foo.bin", "foo.vec.gz", "glove.6B.50d.txt", "senna", ".bin")]
    ['foo', 'foo', 'glove.6B.50d', 'senna', '.bin']
    """
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return _stem(name[: -len(ending)])
    return name


def _random_vector(key: str, dim: int, seed: int) -> NDArray[np.float32]:
    digest = hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "little")).uniform(-1, 1, dim).astype(np.float32)
