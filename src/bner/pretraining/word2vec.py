"""Training of word vectors with gensim over shards of tokenised text, with checkpoints that hold arrays only.

An epoch is one pass over the shards. gensim trains on a shard at full speed, from a file and without Python's lock; the
learning rate falls over all epochs as it would in one call. With one worker a seed gives the same vectors on the same
machine; several workers write to the same vectors without locks, and no two of their runs are alike to the last bit.
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
class TrainingChoice:
    """How vectors are trained; the names are gensim's where it has one.

    Attributes:
        method: `cbow`, `skipgram` or `fasttext` (CBOW with character n-grams).
        width: values in a vector.
        window: words on each side that are looked at.
        negative: noise words for each word.
        sample: words more frequent than this fraction are left out now and then.
        min_count: words that are rarer get no vector.
        epochs: passes over the text.
        alpha: the first learning rate; it falls to a tenth of a thousandth.
        seed: of the first vectors and of the noise.
        workers: threads.
    """

    method: str
    width: int
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
    """How far training is: steps done of all, words and seconds since this process began, the epoch from 1."""

    step: int
    steps: int
    epoch: int
    words: int
    seconds: float


class VectorTraining:
    """A model in training over shards, which can be stopped after any shard and gone on with."""

    def __init__(
        self, choice: TrainingChoice, counts: Mapping[str, int], shards: Sequence[tuple[Path, int, int]]
    ) -> None:
        """Makes an untrained model.

        Args:
            choice: how to train.
            counts: how often each word occurs.
            shards: the files, with the lines and the words of each.

        Raises:
            BnerError: no word is frequent enough.
        """
        self.choice = choice
        self.shards = shards
        self.step = 0
        common = {
            "vector_size": choice.width,
            "window": choice.window,
            "negative": choice.negative,
            "sample": choice.sample,
            "min_count": choice.min_count,
            "alpha": choice.alpha,
            "min_alpha": _LAST_ALPHA,
            "seed": choice.seed,
            "workers": choice.workers,
            "sg": int(choice.method == "skipgram"),
        }
        self.model: Word2Vec = FastText(**common) if choice.method == "fasttext" else Word2Vec(**common)
        # By falling frequency; words as frequent as each other by the alphabet, so that their rows do not depend on the
        # order in which they were met.
        ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        if not ordered or next(iter(ordered.values())) < choice.min_count:
            raise BnerError(f"no word occurs {choice.min_count} times: use more text, or a smaller --min-count.")
        self.model.build_vocab_from_freq(ordered, corpus_count=sum(lines for _, lines, _ in shards))

    @property
    def vectors(self) -> KeyedVectors:
        """The vectors as they are now."""
        return self.model.wv

    @property
    def steps(self) -> int:
        """Shards times epochs."""
        return self.choice.epochs * len(self.shards)

    def train(self, after: Callable[[Progress], None]) -> None:
        """Trains from where it is to the end, and calls `after` when a shard is done."""
        began = time.perf_counter()
        words = 0
        total = sum(count for _, _, count in self.shards)
        while self.step < self.steps:
            epoch, place = divmod(self.step, len(self.shards))
            path, lines, count = self.shards[place]
            before = epoch * total + sum(shard[2] for shard in self.shards[:place])
            # One sequence of random numbers for each step, so that it does not matter where a run was stopped.
            self.model.random = np.random.RandomState((self.choice.seed + 1_000_003 * self.step) % 2**32)
            self.model.train(
                corpus_file=str(path),
                total_examples=lines,
                total_words=count,
                epochs=1,
                start_alpha=self._alpha(before / (total * self.choice.epochs)),
                end_alpha=self._alpha((before + count) / (total * self.choice.epochs)),
            )
            self.step += 1
            words += count
            after(Progress(self.step, self.steps, epoch + 1, words, time.perf_counter() - began))

    def _alpha(self, done: float) -> float:
        return self.choice.alpha + (_LAST_ALPHA - self.choice.alpha) * done

    def _arrays(self) -> dict[str, NDArray[np.float32]]:
        """What training changes; gensim's own names. The arrays are the model's, not copies."""
        wv = self.model.wv
        inputs = (
            {"vectors_vocab": wv.vectors_vocab, "vectors_ngrams": wv.vectors_ngrams}
            if isinstance(self.model, FastText)
            else {"vectors": wv.vectors}
        )
        return {**inputs, "syn1neg": self.model.syn1neg}

    def save_checkpoint(self, path: Path) -> None:
        """Writes the arrays and the step, the whole file or nothing.

        Raises:
            BnerError: the file cannot be written.
        """
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, step=np.int64(self.step), **self._arrays())

    def load_checkpoint(self, path: Path) -> None:
        """Goes on where a checkpoint was written, in training on the same shards.

        Raises:
            BnerError: the file is broken, or of another vocabulary or width.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                for name, array in self._arrays().items():
                    if saved[name].shape != array.shape:
                        raise BnerError(f"{path} is of another vocabulary or width: remove its folder to begin anew.")
                    array[:] = saved[name]
                self.step = int(saved["step"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BnerError(f"{path} is a broken checkpoint ({error}): remove it to begin training anew.") from error
        if isinstance(self.model, FastText):
            self.model.wv.adjust_vectors()

    def save_vectors(self, path: Path) -> None:
        """Writes the vectors in word2vec's binary format, words by falling frequency, the whole file or nothing.

        Raises:
            BnerError: the file cannot be written.
        """
        with written_whole(path) as temporary:
            self.model.wv.save_word2vec_format(str(temporary), binary=True)

    def nearest(self, words: Sequence[str], number: int) -> dict[str, list[tuple[str, float]]]:
        """For each of the words that has a vector, the words nearest to it with their cosines."""
        wv = self.model.wv
        return {word: wv.most_similar(word, topn=number) for word in words if word in wv.key_to_index}
