"""Source of word vectors: the section `embedding` of the configuration, and the table that is built from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError, check_range
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
        tuned_copy: whether a copy of the frozen vectors, of training words alone, is trained and stands beside them.
        extra_dim: dimension of a trained vector beside the frozen one, of training words alone; 0 is none.
        min_count: tokens of the training part that a word needs for one of these two.
        word_dropout: probability that a training token has UNKNOWN's vector.
        more: further files or folders, whose vectors stand beside these, each of them divided by its own length.
    """

    dim: int
    default_name: str
    default_file: str | None
    origin: str
    file: str | None = None
    name: str | None = None
    digits: str = "num"
    finetune: bool = False
    tuned_copy: bool = False
    extra_dim: int = 0
    min_count: int = 1
    word_dropout: float = 0.0
    more: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_range("extra_dim", self.extra_dim, 0)
        check_range("min_count", self.min_count, 1)
        check_range("word_dropout", self.word_dropout, 0, 0.95)

    @property
    def has_trained_part(self) -> bool:
        """Return whether words have trained vectors beside frozen ones."""
        return self.tuned_copy or self.extra_dim > 0

    @property
    def label(self) -> str:
        """The name of these vectors in runs and tables.

        >>> WordVectors(300, "biomed300", "biomed300.bin", "bner embed", file="my/own.vec.gz").label
        'own'
        """
        if self.name:
            return self.name
        first = self.default_name if self.file is None else _stem(Path(self.file).name)
        return "+".join([first, *(_stem(Path(file).name) for file in self.more)])

    @property
    def path(self) -> Path | None:
        """The file or folder, or the file's gzip version where only that exists; None for random vectors."""
        chosen = self.default_file if self.file is None else self.file
        return None if chosen is None else _stand_in(chosen)

    def files(self) -> tuple[Path, ...]:
        """Return the files whose contents make up the vectors, to be hashed; none for random vectors.

        Of a store it is the description alone, which has the hash of the file that was converted.

        Raises:
            BnerError: the file is missing or in no known format.
        """
        return tuple(file for path in self._paths() for file in recognise(path).files)

    def check(self) -> None:
        """Check the section and the beginning of its file, without reading the vectors.

        Raises:
            BnerError: a value is impossible, the file is missing, in no known format or of another dimension, or a
                store with another rule for digits.
        """
        if self.dim < 1:
            raise BnerError(f"embedding.dim is {self.dim}: use at least 1.")
        check_digits(self.digits)
        self._check_parts()
        for number, path in enumerate(self._paths()):
            file = recognise(path)
            if number == 0:
                check_dim(file, self.dim)
            if file.is_store:
                check_store_digits(path, self.digits)

    def build(self, keys: Iterable[str], seed: int) -> WordTable:
        """Build the table of the keys that have a vector, in the order of the keys.

        A file's vectors are as they are; keys without one, or with one of zeros, in all files are left out; of
        several files, a key has zeros for those that lack it. Random vectors are uniform; the seed and a key
        decide each one alone, so that it does not depend on the corpus.

        Args:
            keys: as `bner.vectors.keys.word_key` makes them by the rule `digits`.
            seed: of random vectors.

        Raises:
            BnerError: the file is missing or broken, or has a vector for none of the keys.
        """
        wanted = dict.fromkeys(keys)
        path = self._existing()
        if path is None:
            found = [{key: _random_vector(key, self.dim, seed) for key in wanted}]
        else:
            found = [read_vectors(path, wanted.keys(), self.dim, self.digits)]
            found += [read_vectors(each, wanted.keys(), None, self.digits) for each in self._paths()[1:]]
        for vectors, each in zip(found, self._paths(), strict=False):
            if not any(vector.any() for vector in vectors.values()):
                raise BnerError(f"{each} has a vector for none of the corpus's words: check that it is the right file.")
        words = [key for key in wanted if any(key in vectors and vectors[key].any() for vectors in found)]
        rows = np.concatenate([_unit_rows(words, vectors) for vectors in found], axis=1)
        return WordTable((UNKNOWN, *words), np.concatenate([np.zeros_like(rows[:1]), rows]), self.digits)

    def _check_parts(self) -> None:
        """Check that the settings of what stands beside the vectors fit together.

        Raises:
            BnerError: they do not.
        """
        if self.tuned_copy and self.extra_dim:
            raise BnerError("embedding.tuned_copy and embedding.extra_dim exclude each other: set one of them.")
        if self.finetune and self.has_trained_part:
            key = "tuned_copy" if self.tuned_copy else "extra_dim"
            raise BnerError(f"embedding.{key} is for frozen vectors: leave out embedding.finetune=true.")
        if self.more and self.path is None:
            raise BnerError("embedding.more is for vectors of a file, and these are random: name the first file, too.")

    def _paths(self) -> list[Path]:
        """Return the files or folders, which exist, the first of them first; none for random vectors.

        Raises:
            BnerError: one does not exist.
        """
        first = self._existing()
        if first is None:
            return []
        beside = [_stand_in(file) for file in self.more]
        for path in beside:
            if not path.exists():
                raise BnerError(f"vectors of embedding.more are missing: {path} does not exist, check the path.")
        return [first, *beside]

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


def _stand_in(chosen: str) -> Path:
    """Return the path that was chosen, or its gzip version where only that exists."""
    path = Path(chosen).absolute()
    packed = path.with_name(f"{path.name}.gz")
    return packed if not path.exists() and packed.is_file() else path


def _unit_rows(words: Sequence[str], vectors: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return a row for each word, divided by its Euclidean length; zeros where there is no vector."""
    nothing = np.zeros_like(next(iter(vectors.values())))
    rows = np.stack([vectors.get(word, nothing) for word in words])
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(lengths > 0, lengths, 1)
    return rows


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
