"""Training of word vectors with gensim over shards of tokenised text, with checkpoints that hold arrays only.

An epoch is one pass over the shards. gensim trains on a shard at full speed, from a file and without Python's lock; the
learning rate falls over all epochs as it would in one call. With one worker a seed gives the same vectors on the same
machine; several workers write to the same vectors without locks, and their runs differ in the last bits.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gensim.models import FastText, KeyedVectors, Word2Vec
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.runtime.files import written_whole

_LAST_ALPHA = 0.0001  # word2vec's own


@dataclass(frozen=True)
class TrainingOptions:
    """Options of training; the names are gensim's where it has one.

    Attributes:
        method: `cbow`, `skipgram` or `fasttext` (CBOW with character n-grams).
        dim: dimension of the vectors.
        window: context words on each side.
        negative: negative samples for each word.
        sample: words more frequent than this fraction of the text are downsampled.
        min_count: rarer words get no vector.
        epochs: passes over the text.
        alpha: the initial learning rate; it falls linearly to 0.0001.
        seed: of the initial vectors and of the sampling.
        workers: threads.
    """

    method: str
    dim: int
    window: int
    negative: int
    sample: float
    min_count: int
    epochs: int
    alpha: float
    seed: int
    workers: int


@dataclass(frozen=True)
class Progress:
    """Progress of training: steps done of all, the epoch from 1, words and seconds since this process began."""

    step: int
    steps: int
    epoch: int
    words: int
    seconds: float


class VectorTraining:
    """Training of a model over shards, which can be stopped after any shard and resumed."""

    def __init__(
        self, options: TrainingOptions, counts: Mapping[str, int], shards: Sequence[tuple[Path, int, int]]
    ) -> None:
        """Make an untrained model.

        Args:
            options: how to train.
            counts: how often each word occurs.
            shards: the files, each with its numbers of lines and words.

        Raises:
            BnerError: no word is frequent enough.
        """
        self.options = options
        self.shards = shards
        self.step = 0
        common = {
            "vector_size": options.dim,
            "window": options.window,
            "negative": options.negative,
            "sample": options.sample,
            "min_count": options.min_count,
            "alpha": options.alpha,
            "min_alpha": _LAST_ALPHA,
            "seed": options.seed,
            "workers": options.workers,
            "sg": int(options.method == "skipgram"),
        }
        self.model: Word2Vec = FastText(**common) if options.method == "fasttext" else Word2Vec(**common)
        # By falling frequency, then by the alphabet, so that rows do not depend on the order in which words were met.
        ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        if not ordered or next(iter(ordered.values())) < options.min_count:
            raise BnerError(f"no word occurs {options.min_count} times: use more text, or a smaller --min-count.")
        self.model.build_vocab_from_freq(ordered, corpus_count=sum(lines for _, lines, _ in shards))

    @property
    def vectors(self) -> KeyedVectors:
        """The current vectors."""
        return self.model.wv

    @property
    def steps(self) -> int:
        """Shards times epochs."""
        return self.options.epochs * len(self.shards)

    def train(self, after: Callable[[Progress], None]) -> None:
        """Train from the current step to the end, and call `after` when a shard is done."""
        began = time.perf_counter()
        words = 0
        total = sum(count for _, _, count in self.shards)
        while self.step < self.steps:
            epoch, position = divmod(self.step, len(self.shards))
            path, lines, count = self.shards[position]
            before = epoch * total + sum(shard[2] for shard in self.shards[:position])
            # Random numbers of its own for each step, so that it does not matter where a run was stopped.
            self.model.random = np.random.RandomState((self.options.seed + 1_000_003 * self.step) % 2**32)
            self.model.train(
                corpus_file=str(path),
                total_examples=lines,
                total_words=count,
                epochs=1,
                start_alpha=self._alpha(before / (total * self.options.epochs)),
                end_alpha=self._alpha((before + count) / (total * self.options.epochs)),
            )
            self.step += 1
            words += count
            after(Progress(self.step, self.steps, epoch + 1, words, time.perf_counter() - began))

    def _alpha(self, done: float) -> float:
        return self.options.alpha + (_LAST_ALPHA - self.options.alpha) * done

    def _arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays that training changes, by gensim's names; they are the model's own, not copies."""
        wv = self.model.wv
        inputs = (
            {"vectors_vocab": wv.vectors_vocab, "vectors_ngrams": wv.vectors_ngrams}
            if isinstance(self.model, FastText)
            else {"vectors": wv.vectors}
        )
        return {**inputs, "syn1neg": self.model.syn1neg}

    def save_checkpoint(self, path: Path) -> None:
        """Write the arrays and the step, atomically.

        Raises:
            BnerError: the file cannot be written.
        """
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, step=np.int64(self.step), **self._arrays())

    def load_checkpoint(self, path: Path) -> None:
        """Resume from a checkpoint of a training on the same shards.

        Raises:
            BnerError: the file is broken, or of another vocabulary or dimension.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                for name, array in self._arrays().items():
                    if saved[name].shape != array.shape:
                        raise BnerError(
                            f"{path} is of another vocabulary or dimension: remove its folder to start again."
                        )
                    array[:] = saved[name]
                self.step = int(saved["step"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BnerError(f"{path} is a broken checkpoint ({error}): remove it to start training again.") from error
        if isinstance(self.model, FastText):
            self.model.wv.adjust_vectors()

    def save_vectors(self, path: Path) -> None:
        """Write the vectors in word2vec's binary format, words by falling frequency, atomically.

        Raises:
            BnerError: the file cannot be written.
        """
        with written_whole(path) as temporary:
            self.model.wv.save_word2vec_format(str(temporary), binary=True)

    def nearest(self, words: Sequence[str], number: int) -> dict[str, list[tuple[str, float]]]:
        """Return, for each of the words that has a vector, the nearest words with their cosines."""
        wv = self.model.wv
        return {word: wv.most_similar(word, topn=number) for word in words if word in wv.key_to_index}
