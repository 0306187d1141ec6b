"""Clusters of word vectors: those of a kind together, the same by seed, looked up as vectors are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bner.baseline.clusters import WordClusters, cluster_words
from bner.errors import BnerError
from bner.vectors.keys import UNKNOWN
from bner.vectors.table import WordTable


def table(groups: int, members: int, seed: int = 0) -> WordTable:
    """Words named `<group>-<member>` with vectors close to their group's axis."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.eye(groups), members, axis=0) + rng.normal(scale=0.01, size=(groups * members, groups))
    words = [f"{group}-{member}" for group in range(groups) for member in range(members)]
    return WordTable((UNKNOWN, *words), np.vstack([np.zeros(groups), rows]).astype(np.float32))


def test_words_of_a_kind_share_a_cluster() -> None:
    clusters = cluster_words(table(2, 10), 2, seed=3)
    found = {group: {clusters.of(f"{group}-{member}") for member in range(10)} for group in range(2)}
    assert all(len(numbers) == 1 for numbers in found.values())
    assert found[0] != found[1]
    assert clusters.of(UNKNOWN) is None


def test_a_seed_gives_the_same_clusters() -> None:
    words = table(8, 6)
    assert cluster_words(words, 5, seed=1) == cluster_words(words, 5, seed=1)
    assert any(cluster_words(words, 5, seed=1) != cluster_words(words, 5, seed=seed) for seed in range(2, 6))


def test_words_are_looked_up_by_the_rule_of_the_vectors() -> None:
    clusters = WordClusters({"p00": 1, "NUM": 2}, digits="zero")
    assert (clusters.of("P53"), clusters.of("p5")) == (1, None)
    assert WordClusters({"NUM": 2}).of("0.05") == 2


def test_more_clusters_than_words() -> None:
    with pytest.raises(BnerError, match=r"baseline\.clusters=7 is more than the 6 words that have a vector: use fewer"):
        cluster_words(table(2, 3), 7, seed=1)


def test_the_file_has_a_cluster_and_a_word_a_line(tmp_path: Path) -> None:
    WordClusters({"b": 1, "a": 1, "c": 0}).write(tmp_path / "clusters.tsv")
    assert (tmp_path / "clusters.tsv").read_text() == "0\tc\n1\ta\n1\tb\n"
