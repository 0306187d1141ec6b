"""Word clusters: k-means of word vectors, so that rare words share features with frequent ones used alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2

from bner.errors import BnerError
from bner.runtime.files import write_lines
from bner.vectors.keys import word_key
from bner.vectors.table import WordTable

_ITERATIONS = 20


@dataclass(frozen=True)
class WordClusters:
    """The clusters of words.

    Attributes:
        numbers: the cluster of each key, as `bner.vectors.keys.word_key` makes them.
        digits: the rule of the keys.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    digits: str = "num"

    def of(self, word: str) -> int | None:
        """Return the cluster of a word, None where it has none.

        >>> WordClusters({"p53": 7}).of("P53")
        7
        """
        return self.numbers.get(word_key(word, self.digits))

    def write(self, path: Path) -> None:
        """Write a cluster, a tab and a word a line, sorted; the whole file or nothing.

        Raises:
            BnerError: the file cannot be written.
        """
        write_lines(path, (f"{number}\t{word}" for number, word in sorted((n, w) for w, n in self.numbers.items())))


def cluster_words(table: WordTable, number: int, seed: int) -> WordClusters:
    """Cluster the words of a table by k-means of their vectors, which are of length 1.

    Args:
        table: the vectors; UNKNOWN, its row 0, is left out.
        number: of clusters; some of them may stay empty.
        seed: of the words that the clusters begin with.

    Raises:
        BnerError: there are fewer words than clusters.
    """
    words, rows = table.words[1:], table.rows[1:]
    if number > len(words):
        raise BnerError(
            f"baseline.clusters={number} is more than the {len(words)} words that have a vector: use fewer."
        )
    first = np.random.default_rng(seed).choice(len(words), number, replace=False)
    _, labels = kmeans2(rows, rows[first], iter=_ITERATIONS, minit="matrix", missing="warn")
    return WordClusters(dict(zip(words, labels.tolist(), strict=True)), table.digits)
