"""Table of the word vectors that a corpus needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class WordTable:
    """Keys and their vectors, each divided by its Euclidean length; row 0 is UNKNOWN, all zeros.

    Attributes:
        words: the key of each row.
        rows: one vector for each key, (words, dim).
        digits: the rule that made the keys, see `bner.vectors.keys`.
        trained: the first words after UNKNOWN that have a trained vector beside the frozen one.
    """

    words: tuple[str, ...]
    rows: NDArray[np.float32]
    digits: str = "num"
    trained: int = 0
