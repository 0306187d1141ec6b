"""Flair's SequenceTagger with the same sizes: word vectors, its character LSTM, a BLSTM, its CRF. It has no window."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import flair
import torch
from flair.data import Corpus, Dictionary
from flair.data import Sentence as FlairSentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.plugins import TrainerPlugin

from bner.corpora.sentence import Sentence
from comparison.task import CHARACTER_DIM, HIDDEN_SIZE, LEARNING_RATE, SEED, Task


class _Clock(TrainerPlugin):
    """Measures the seconds of an epoch."""

    @TrainerPlugin.hook
    def before_training_epoch(self, **_: Any) -> None:
        """Start the clock."""
        self.began = time.perf_counter()

    @TrainerPlugin.hook
    def after_training_epoch(self, **_: Any) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.began


class Flair:
    """Flair as a system."""

    def __init__(self, task: Task) -> None:
        flair.device = torch.device("cpu")
        logging.getLogger("flair").setLevel(logging.ERROR)
        torch.manual_seed(SEED)
        self.task = task
        dim = task.vectors.shape[1]
        vocabulary = {word: row for row, word in enumerate(task.vocabulary.words)}
        words = WordEmbeddings(None, vocab=vocabulary, embedding_length=dim, name="words")
        with torch.no_grad():
            words.embedding.weight[: len(vocabulary)] = task.vectors.to(words.embedding.weight)
        characters = Dictionary(add_unk=True)
        for character in task.vocabulary.characters:
            characters.add_item(character)
        spelling = CharacterEmbeddings(characters, CHARACTER_DIM, CHARACTER_DIM // 2)
        spans = Dictionary(add_unk=False)
        for type_ in task.vocabulary.labels.types:
            spans.add_item(type_)
        spans.span_labels = True
        self.tagger = SequenceTagger(StackedEmbeddings([words, spelling]), spans, "ner", hidden_size=HIDDEN_SIZE)

    def train(self, batch_size: int, updates: int) -> float:
        """Return the seconds of the first updates of an epoch, by Flair's trainer with its defaults."""
        batches = self.task.first_batches(batch_size, updates)
        sentences = [_sentence(each) for batch in batches for each in batch]
        clock = _Clock()
        with tempfile.TemporaryDirectory() as folder:
            ModelTrainer(self.tagger, Corpus(sentences, sample_missing_splits=False)).train_custom(
                folder,
                learning_rate=LEARNING_RATE,
                optimizer=torch.optim.Adagrad,
                mini_batch_size=batch_size,
                max_epochs=1,
                shuffle=False,
                embeddings_storage_mode="none",
                save_final_model=False,
                create_file_logs=False,
                create_loss_file=False,
                plugins=[clock],
            )
        return clock.seconds

    def tag(self, sentences: Sequence[Sentence], batch_size: int) -> float:
        """Return the seconds from tokens to spans."""
        self.tagger.eval()
        began = time.perf_counter()
        found = [FlairSentence(list(each.tokens)) for each in sentences]
        self.tagger.predict(found, mini_batch_size=batch_size, embedding_storage_mode="none")
        for sentence in found:
            sentence.get_spans("ner")
        return time.perf_counter() - began


def _sentence(sentence: Sentence) -> FlairSentence:
    made = FlairSentence(list(sentence.tokens))
    for mention in sentence.mentions:
        made[mention.start : mention.end].add_label("ner", mention.type)
    return made
