"""Reader of gensim's own format, as KeyedVectors.save writes it: a pickle, with large vectors in a file beside it.

A pickle can name any function of any library to be called on loading. This reader knows the few names that
KeyedVectors need, replaces them by inert objects, and refuses every other: nothing that a file names is ever run.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.vectors.streams import Rows, Select, opened

_ROWS = 4096  # in a block
_INSTEAD = "save the vectors with KeyedVectors.save_word2vec_format"
_CLASSES = {"KeyedVectors", "Word2VecKeyedVectors", "FastTextKeyedVectors", "Vocab", "CompatVocab", "SimpleVocab"}
_NUMPY = {"numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric"}
_KINDS = {"f2", "f4", "f8"}


@dataclass(frozen=True)
class SavedVectors:
    """Content of a file of KeyedVectors.

    Attributes:
        words: the words, in the order of the vectors.
        dim: dimension of the vectors.
        files: the pickle, and the array beside it if there is one.
        vectors: reads the rows from one number up to another, (rows, dim).
    """

    words: list[str]
    dim: int
    files: tuple[Path, ...]
    vectors: Callable[[int, int], NDArray[np.float32]]


def read_saved(path: Path) -> SavedVectors:
    """Read a file's words and find its vectors.

    Raises:
        BnerError: the file is broken, asks for a function to be called, or has no vectors of words.
    """
    state = _state(path)
    words = next((state[name] for name in ("index_to_key", "index2word", "index2entity") if name in state), None)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BnerError(f"{path} has no list of words: {_INSTEAD}.")
    name = next((name for name in ("vectors", "syn0") if name in state or name in _names(state, "__numpys")), None)
    if name is None:
        raise BnerError(f"{path} has only vectors of character n-grams, as fastText saves them: {_INSTEAD}.")
    files: tuple[Path, ...] = (path,)
    if name in state:
        array = _array(path, state[name])
        vectors = _slices_of(array)
    else:
        beside = path.with_name(f"{path.name}.{name}.npy")
        array, files = _mapped(beside), (path, beside)
        vectors = _slices_of_file(beside)
    if array.ndim != 2 or len(array) != len(words) or array.shape[1] < 1:
        raise BnerError(f"{path} has {len(words)} words and vectors of shape {array.shape}: save it again.")
    return SavedVectors(words, array.shape[1], files, vectors)


def rows(saved: SavedVectors, select: Select) -> Rows:
    """Yield the kept rows, read a block at a time.

    Raises:
        BnerError: the file beside the pickle cannot be read.
    """
    for start in range(0, len(saved.words), _ROWS):
        words = saved.words[start : start + _ROWS]
        kept = select("\n".join(word.replace("\n", " ") for word in words).encode(errors="replace"))
        if len(kept):
            vectors = saved.vectors(start, start + len(words))[np.asarray(kept)]
            yield [words[position] for position in kept], vectors.astype(np.float32, copy=False)


def _slices_of(array: NDArray[Any]) -> Callable[[int, int], NDArray[np.float32]]:
    return lambda start, stop: array[start:stop]


def _slices_of_file(path: Path) -> Callable[[int, int], NDArray[np.float32]]:
    # A new mapping for each block, so that never more than a block counts as the program's memory.
    return lambda start, stop: _mapped(path)[start:stop]


def _mapped(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BnerError(f"{path} cannot be read as an array ({error}): fetch or save it again.") from error
    if array.dtype.str[1:] not in _KINDS:
        raise BnerError(f"{path} has values of type {array.dtype} instead of floating point numbers: save it again.")
    return array


def _names(state: dict[Any, Any], entry: str) -> list[Any]:
    return list(state[entry]) if isinstance(state.get(entry), list) else []


def _array(path: Path, held: Any) -> NDArray[Any]:
    """Make the array that a pickle describes as (version, shape, type, Fortran order, bytes)."""
    try:
        _, shape, kind, fortran, content = held.state
        order, kind = kind.state[1], kind.arguments[0]
        if kind not in _KINDS or not isinstance(content, bytes) or order not in ("<", ">", "=", "|"):
            raise ValueError(f"an array of type {kind}")
        if len(content) != math.prod(shape) * int(kind[1]):
            raise ValueError("an array that is cut off")
        return np.frombuffer(content, order + kind).reshape(shape, order="F" if fortran else "C")
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise BnerError(f"{path} describes no vectors that can be read ({error}): {_INSTEAD}.") from error


class _RefusedError(Exception):
    """A pickle names a function or class that vectors do not need."""


def _state(path: Path) -> dict[Any, Any]:
    """Read the attributes of the object that a pickle describes."""
    with opened(path) as file:
        try:
            held = _unpickler(file).load()
        except _RefusedError as error:
            raise BnerError(
                f"{path} names {error}, which vectors do not need and which was not run: {_INSTEAD}."
            ) from None
        except OSError:
            raise
        except Exception as error:  # a broken pickle can raise any exception
            raise BnerError(f"{path} is not a file of KeyedVectors, or is cut off ({error}): save it again.") from error
    state = getattr(held, "state", None)
    if not isinstance(state, dict):
        raise BnerError(f"{path} is a pickle of something other than KeyedVectors: {_INSTEAD}.")
    return state


def _unpickler(file: Any) -> pickle.Unpickler:
    """Make an unpickler with inert classes of its own, since a pickle can set attributes on them."""

    class Held:
        """Keep the arguments and the state of an object that is not made."""

        def __init__(self, *arguments: Any) -> None:
            self.arguments = arguments
            self.state: Any = None

        def __setstate__(self, state: Any) -> None:
            self.state = state

    def reconstructor(*_: Any) -> Held:
        return Held()

    def encode(text: str, _: str) -> bytes:
        return text.encode("latin-1")  # how older protocols spell bytes

    def known(module: str, name: str) -> Any:
        if module.startswith("gensim.") and name in _CLASSES:
            return Held
        if module in _NUMPY and name in ("_reconstruct", "scalar"):
            return Held
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype"), ("__builtin__", "frozenset")):
            return Held
        if (module, name) in (("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor")):
            return reconstructor
        if (module, name) in (("__builtin__", "object"), ("builtins", "object")):
            return Held
        if (module, name) == ("_codecs", "encode"):
            return encode
        raise _RefusedError(f"{module}.{name}")

    class Inert(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return known(module, name)

    return Inert(file)
