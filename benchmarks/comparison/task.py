"""The task of all systems: the same sentences, vectors, labels and batches, and a network of the same sizes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from bner.corpora.corpus import CorpusConfig
from bner.corpora.gm import GMConfig
from bner.corpora.sentence import Sentence
from bner.corpora.shared_tasks import shared_task_corpora
from bner.data.sampler import BucketSampler
from bner.data.vocabulary import Vocabulary, build_vocabulary, wanted_keys
from bner.vectors.source import WordVectors

WORD_DIM = 300
CHARACTER_DIM, CHARACTER_HIDDEN_SIZE = 30, 60
WINDOW = 2  # words, and characters, on each side
HIDDEN_SIZE = 100  # of the recurrent state in each direction, and of the layer f1
SEED = 1
LEARNING_RATE, EPSILON, L2 = 0.02, 1e-6, 1e-8  # of AdaGrad


@dataclass(frozen=True)
class Task:
    """A corpus with its vectors.

    Attributes:
        train: the training sentences.
        test: the test sentences; they are tagged, never scored.
        vocabulary: words, characters and labels.
        vectors: the word table, row 0 is UNKNOWN, (words, D).
    """

    train: Sequence[Sentence]
    test: Sequence[Sentence]
    vocabulary: Vocabulary
    vectors: Tensor

    def first_batches(self, batch_size: int, number: int) -> list[list[Sentence]]:
        """Return the first batches that bner trains on, of sentences of similar length."""
        lengths = torch.tensor([len(sentence.tokens) for sentence in self.train])
        chosen = islice(BucketSampler(lengths, batch_size, SEED), number)
        return [[self.train[each] for each in numbers.tolist()] for numbers in chosen]


def corpora() -> list[str]:
    """Return the names of the paper's two corpora where BNER_DATA is set, else that of the sample."""
    return ["gm", "jnlpba"] if "BNER_DATA" in os.environ else ["sample"]


def load(name: str) -> Task:
    """Read the sample with random vectors, or one of the paper's corpora with biomed300; both of dimension 300."""
    if name == "sample":
        config: CorpusConfig = GMConfig("sample", None, "train", "test")
        vectors = WordVectors(WORD_DIM, "random300", None, "")
    else:
        data = Path(os.environ["BNER_DATA"])
        config = shared_task_corpora(data)[name]
        vectors = WordVectors(WORD_DIM, "biomed300", str(data / "embeddings" / "biomed300.bin"), "bner embed")
    corpus = config.build()
    table = vectors.build(wanted_keys((*corpus.train, *corpus.test)), SEED)
    vocabulary = build_vocabulary(corpus.train, table, corpus.types)
    return Task(corpus.train, corpus.test, vocabulary, torch.from_numpy(table.rows))
