"""Training of word vectors: gensim's own result, checkpoints that change nothing, broken ones that are named."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from bner.errors import BnerError
from bner.pretraining.word2vec import Progress, TrainingOptions, VectorTraining

OPTIONS = TrainingOptions(
    method="cbow", dim=8, window=3, negative=5, sample=1e-3, min_count=2, epochs=3, alpha=0.05, seed=1, workers=1
)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int, int]]:
    """Text in which a and b stand between the same words, and c between others."""
    folder = tmp_path_factory.mktemp("shards")
    rng = np.random.default_rng(0)
    made = []
    for number in range(3):
        lines = []
        for _ in range(2000):
            word = rng.choice(["a", "b", "c"])
            around = ["v", "w"] if word == "c" else ["x", "y"]
            lines.append(" ".join([*rng.permutation(around), word, *rng.permutation(around)]))
        path = folder / f"{number}.txt"
        path.write_text("\n".join(lines) + "\n")
        made.append((path, len(lines), 5 * len(lines)))
    return made


def counts(shards: list[tuple[Path, int, int]]) -> Counter[str]:
    return Counter(word for path, _, _ in shards for word in path.read_text().split()) + Counter({"rare": 1})


def training(shards: list[tuple[Path, int, int]], **changes: object) -> VectorTraining:
    return VectorTraining(dataclasses.replace(OPTIONS, **changes), counts(shards), shards)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["cbow", "skipgram", "fasttext"])
def test_words_with_the_same_neighbours_come_close(
    shards: list[tuple[Path, int, int]], method: str, tmp_path: Path
) -> None:
    trained = training(shards, method=method, epochs=6)
    steps: list[Progress] = []
    trained.train(steps.append)
    assert [(progress.step, progress.epoch, progress.words) for progress in steps[:4]] == [
        (1, 1, 10_000), (2, 1, 20_000), (3, 1, 30_000), (4, 2, 40_000),
    ]  # fmt: skip
    trained.save_vectors(tmp_path / "v.bin")
    vectors = KeyedVectors.load_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    assert set(vectors.key_to_index) == set("abcvwxy")
    assert vectors.similarity("a", "b") > vectors.similarity("a", "c") + 0.2
    assert trained.nearest(["a", "nosuch"], 1)["a"][0][0] in "bxy"
    assert list(trained.nearest(["a", "nosuch"], 1)) == ["a"]


@pytest.mark.parametrize("method", ["cbow", "fasttext"])
def test_a_checkpoint_changes_nothing(shards: list[tuple[Path, int, int]], method: str, tmp_path: Path) -> None:
    whole = training(shards, method=method)
    whole.train(lambda _: None)

    begun = training(shards, method=method)

    def stop(progress: Progress) -> None:
        if progress.step == 4:
            begun.save_checkpoint(tmp_path / "c.npz")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun.train(stop)
    resumed = training(shards, method=method)
    resumed.load_checkpoint(tmp_path / "c.npz")
    resumed.train(lambda _: None)
    assert np.array_equal(whole.vectors.vectors, resumed.vectors.vectors)
    assert not np.array_equal(whole.vectors.vectors, begun.vectors.vectors)


def test_another_seed_gives_other_vectors(shards: list[tuple[Path, int, int]]) -> None:
    made = []
    for seed in (1, 1, 2):
        one = training(shards, seed=seed)
        one.train(lambda _: None)
        made.append(one.vectors.vectors.copy())
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_broken_checkpoints(shards: list[tuple[Path, int, int]], tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    training(shards).save_checkpoint(path)
    with pytest.raises(BnerError, match="of another vocabulary or dimension"):
        training(shards, dim=9).load_checkpoint(path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"\x80\x04."):
        path.write_bytes(content)
        with pytest.raises(BnerError, match="is a broken checkpoint"):
            training(shards).load_checkpoint(path)


def test_no_word_is_frequent_enough(shards: list[tuple[Path, int, int]]) -> None:
    with pytest.raises(BnerError, match="no word occurs 100000 times"):
        training(shards, min_count=100_000)
