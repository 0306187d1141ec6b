"""This project: the network, built and trained as by train.py, and `bner.inference.predictor` for tagging."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.inference.predictor import Predictor
from bner.model.network import CharAttentionConfig, CRFConfig, RecurrentEncoderConfig, Tagger
from bner.model.word_features import WordFeatures
from bner.runtime.torch_setup import prepare
from bner.scoring.metrics import StrictSpans
from bner.training.callbacks import Throughput, quiet
from bner.training.data_module import TaggingData
from bner.training.lightning_module import Optimization, TaggerModule
from bner.training.optimizers import AdaGradConfig
from bner.training.schedules import ConstantConfig
from comparison.task import (
    CHARACTER_DIM,
    CHARACTER_HIDDEN_SIZE,
    EPSILON,
    HIDDEN_SIZE,
    L2,
    LEARNING_RATE,
    SEED,
    WINDOW,
    Task,
)


class _Clock(Callback):
    """Measures the seconds of an epoch."""

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start the clock."""
        self.began = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.began


class Ours:
    """This project as a system."""

    def __init__(self, task: Task) -> None:
        quiet()
        torch.manual_seed(SEED)
        prepare(threads=None)
        self.task = task
        optimization = Optimization(
            AdaGradConfig("adagrad", LEARNING_RATE, eps=EPSILON, l2=L2), ConstantConfig("constant")
        )
        self.module = TaggerModule(_network(task), task.vocabulary, StrictSpans(), optimization, card={})
        with tempfile.TemporaryDirectory() as cache:
            self.data = TaggingData(Split(tuple(task.train), ()), task.vocabulary, 1, SEED, Path(cache))

    def train(self, batch_size: int, updates: int) -> float:
        """Return the seconds of the first updates of an epoch, by Lightning's Trainer."""
        self.data.batch_size = batch_size
        clock = _Clock()
        trainer = Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=1,
            limit_train_batches=updates,
            limit_val_batches=0,
            logger=False,
            callbacks=[clock, Throughput()],
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=False,
        )
        trainer.fit(self.module, self.data)
        return clock.seconds

    def tag(self, sentences: Sequence[Sentence], batch_size: int) -> float:
        """Return the seconds from tokens to mentions, beginning with an empty cache."""
        self.module.network.eval()
        began = time.perf_counter()
        predictor = Predictor(self.module.network, self.task.vocabulary, batch_size=batch_size)
        for _ in predictor.predict(each.tokens for each in sentences):
            pass
        return time.perf_counter() - began


def _network(task: Task) -> Tagger:
    """Build the paper's best model, `python train.py` without overrides."""
    char = CharAttentionConfig("attention", CHARACTER_DIM, CHARACTER_HIDDEN_SIZE, WINDOW)
    model = RecurrentEncoderConfig("blstm", hidden_size=HIDDEN_SIZE, feature_size=HIDDEN_SIZE, window=WINDOW)
    characters = char.build(task.vocabulary.num_characters, task.vectors.shape[1])
    words = WordFeatures(task.vectors, characters, finetune=False)
    return Tagger(model.build(words), CRFConfig("crf"), len(task.vocabulary.labels))
