"""This project, as train.py trains and `bner.inference.predictor` tags."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from bner.model.tagger import Architecture, Tagger
from pytorch_lightning import Callback, Trainer

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.inference.predictor import tag
from bner.runtime.torch_setup import prepare
from bner.scoring.metrics import StrictSpans
from bner.training.callbacks import Throughput, quiet
from bner.training.data_module import TaggingData
from bner.training.lightning_module import OptimizerChoice, TaggerModule
from contest.task import EPSILON, L2, LEARNING_RATE, SEED, WIDTH, Task


class _Clock(Callback):
    """Seconds from an epoch's beginning to its end."""

    def on_train_epoch_start(self, *_: Any) -> None:
        """Starts it."""
        self.began = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        """Stops it."""
        self.seconds = time.perf_counter() - self.began


class Ours:
    """The contestant."""

    def __init__(self, task: Task) -> None:
        quiet()
        torch.manual_seed(SEED)
        prepare(threads=None)
        self.task = task
        labels = task.vocabulary.labels
        architecture = Architecture("lstm", True, 1, WIDTH, WIDTH, "attention", "crf", finetune=False)
        network = Tagger(architecture, task.vectors, task.vocabulary.num_characters, len(labels))
        self.module = TaggerModule(network, labels, StrictSpans(), OptimizerChoice(LEARNING_RATE, EPSILON, L2), {})
        with tempfile.TemporaryDirectory() as cache:
            self.data = TaggingData(Split(tuple(task.train), ()), task.vocabulary, 1, SEED, Path(cache))

    def train(self, batch_size: int, updates: int) -> float:
        """Seconds of the first updates of an epoch, by Lightning's Trainer."""
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
        """Seconds from tokens to mentions."""
        self.module.network.eval()
        began = time.perf_counter()
        for _ in tag(self.module.network, self.task.vocabulary, (each.tokens for each in sentences), batch_size):
            pass
        return time.perf_counter() - began
