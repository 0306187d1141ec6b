"""Language models in training: text as numbers, resuming to the same weights, both directions, perplexity."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from bner.errors import BnerError
from bner.model.language_model import Sizes
from bner.pretraining.encoded_text import END, UNKNOWN_WORD, EncodedText, encode_text
from bner.pretraining.lm_training import LMOptions, LMProgress, LMTraining
from bner.pretraining.token_batches import token_batches
from bner.vectors.source import WordVectors
from tests.conftest import write, write_word2vec

OPTIONS = LMOptions(
    "forward", hidden_size=8, epochs=2, batch_tokens=120, negatives=32, min_count=2, held_out=10, softmax_lr=0.3,
    precision="fp32", dropout=0.2,
)  # fmt: skip
CPU = torch.device("cpu")


@pytest.fixture
def vectors(tmp_path: Path) -> WordVectors:
    rng = np.random.default_rng(1)
    words = ("the", "p53", "protein", "binds", "NUM", ".", "il", "-", "unread")
    return WordVectors(
        5, "own", str(write_word2vec(tmp_path / "v.bin", {word: rng.normal(size=5) for word in words})), ""
    )


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """Four words always follow each other; every sentence has a number of its own."""
    lines = [f"The {('p53', 'IL - 2')[n % 2]} protein binds {('DNA', 'RNA', 'it')[n % 3]} {n} ." for n in range(300)]
    return write(tmp_path / "shard-00000.txt", [*lines, "Once only", " ".join(["long"] * 200)])


def encode(shard: Path, vectors: WordVectors) -> EncodedText:
    return encode_text([shard], vectors, Sizes(8, 1, 4, 6), 2, 10, lambda _: None)


def test_text_as_numbers(shard: Path, vectors: WordVectors) -> None:
    text = encode(shard, vectors)
    assert (len(text.train), len(text.held_out), text.left_out) == (300 - 10 + 1, 10, 1) or len(text.held_out) < 10
    assert len(text.train) + len(text.held_out) == 301
    assert "unread" not in text.inputs.words
    assert set(text.inputs.words) == {"the", "p53", "protein", "binds", "NUM", ".", "il", "-"}
    assert "T" in text.inputs.characters  # forms keep their case
    assert "y" not in text.inputs.characters  # which is in one token only
    # Every number is one predicted word; what occurs once is none.
    assert int(text.counts[END]) == len(text.train)
    assert int(text.counts[UNKNOWN_WORD]) <= 2
    assert int(text.counts.sum()) == len(text.train.forms) + len(text.train)
    assert (text.counts[2:] >= 2).sum() >= len(text.counts) - 3
    assert text.vectors.shape == (len(text.counts), 5)
    assert not text.vectors[:2].any()
    for part in (text.train, text.held_out):
        assert part.labels.max() < len(text.counts)
        assert len(part.forms) == int(part.starts[-1])


def test_equal_sentences_are_on_one_side(tmp_path: Path, shard: Path, vectors: WordVectors) -> None:
    twice = write(tmp_path / "shard-00001.txt", shard.read_text().splitlines() * 2)
    text = encode_text([twice], vectors, Sizes(8, 1, 4, 6), 2, 1000, lambda _: None)

    def sentences(part: object) -> set[tuple[int, ...]]:
        return {tuple(each.tolist()) for each in part.forms.split(part.lengths.tolist())}  # type: ignore[attr-defined]

    assert not sentences(text.train) & sentences(text.held_out)


def test_too_little_text_is_an_error(tmp_path: Path, vectors: WordVectors) -> None:
    with pytest.raises(BnerError, match="has 1 sentences, too few to train a language model on"):
        encode(write(tmp_path / "shard-00000.txt", ["The p53"]), vectors)


def test_batches_have_every_sentence_once() -> None:
    lengths = torch.randint(1, 60, (5000,), generator=torch.Generator().manual_seed(1))
    order = torch.randperm(5000, generator=torch.Generator().manual_seed(2))
    batches = token_batches(lengths, 500, order)
    assert torch.cat(batches).sort().values.tolist() == list(range(5000))
    sizes = [int(lengths[batch].sum()) for batch in batches]
    assert max(sizes) < 500 + 60
    padded = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    assert padded < 1.1 * sum(sizes)


def test_training_lowers_loss_and_perplexity(shard: Path, vectors: WordVectors) -> None:
    text = encode(shard, vectors)
    for direction in ("forward", "backward"):
        training = LMTraining(
            dataclasses.replace(OPTIONS, direction=direction, epochs=30, lr=0.02, dropout=0.0), text, CPU
        )
        before, losses = training.perplexity(), []
        training.train(lambda progress, losses=losses: losses.append(progress.loss))  # type: ignore[misc]
        assert training.perplexity() < before / 2
        assert np.mean(losses[-10:]) < np.mean(losses[:10])
        assert training.done == 1


def test_a_resumed_training_gives_the_same_weights(shard: Path, vectors: WordVectors, tmp_path: Path) -> None:
    text = encode(shard, vectors)
    whole = LMTraining(OPTIONS, text, CPU)
    whole.train(lambda _: None)

    stopped = LMTraining(OPTIONS, text, CPU)

    def stop(progress: LMProgress) -> None:
        if progress.step == stopped.steps // 2 + 1:  # within the second epoch
            stopped.save_checkpoint(tmp_path / "c.safetensors")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.train(stop)
    torch.manual_seed(99)
    resumed = LMTraining(OPTIONS, text, CPU)
    resumed.load_checkpoint(tmp_path / "c.safetensors")
    assert resumed.step == stopped.step
    resumed.train(lambda _: None)
    for name, value in whole._tensors().items():
        assert torch.equal(value, resumed._tensors()[name]), name


def test_a_broken_checkpoint_is_one_sentence(shard: Path, vectors: WordVectors, tmp_path: Path) -> None:
    text, path = encode(shard, vectors), tmp_path / "c.safetensors"
    training = LMTraining(OPTIONS, text, CPU)
    training.train(lambda _: None)
    training.save_checkpoint(path)
    wider = LMTraining(
        dataclasses.replace(OPTIONS), encode_text([shard], vectors, Sizes(9, 1, 4, 6), 2, 10, print), CPU
    )
    with pytest.raises(BnerError, match="is a broken checkpoint, or one of another text"):
        wider.load_checkpoint(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BnerError, match="is a broken checkpoint"):
        training.load_checkpoint(path)


def test_time_ends_a_training(shard: Path, vectors: WordVectors) -> None:
    training = LMTraining(dataclasses.replace(OPTIONS, epochs=10_000, max_minutes=0.005), encode(shard, vectors), CPU)
    training.train(lambda _: None)
    assert training.done == 1
    assert training.step < training.steps
