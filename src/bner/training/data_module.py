"""The LightningDataModule: training sentences in batches, and dev sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.data.batching import make_batch
from bner.data.cache import cached_encoding
from bner.data.encoding import EncodedSentences, Forms
from bner.data.sampler import BucketSampler
from bner.data.vocabulary import Vocabulary
from bner.model.batch import Batch
from bner.model.context import ContextMix, Progress


class _Batches(Dataset[Batch]):
    """Makes a batch of this process's part of the sentences that the sampler names for all processes."""

    def __init__(self, part: EncodedSentences, forms: Forms, context: Tensor | None, rank: int, processes: int) -> None:
        self.part = part
        self.forms = forms
        self.context = context
        self.rank = rank
        self.processes = processes

    def __getitem__(self, sentences: Tensor) -> Batch:
        own = sentences[self.rank :: self.processes]
        share = len(own) * self.processes / len(sentences)
        # A process without a sentence of an epoch's last batch takes part in the update with weight 0.
        batch = make_batch(self.part, self.forms, own if len(own) else sentences[:1], self.context)
        return replace(batch, share=share)


class TaggingData(LightningDataModule):
    """Training and dev sentences; the former are encoded once.

    Args:
        split: training and dev sentences.
        vocabulary: words, characters and labels.
        batch_size: training sentences in an update.
        seed: of the order of training sentences, which follows from it and the epoch alone.
        cache: the folder that keeps encoded sentences from run to run.
    """

    def __init__(self, split: Split, vocabulary: Vocabulary, batch_size: int, seed: int, cache: Path) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.batch_size = batch_size
        self.seed = seed
        self.forms, self.train = cached_encoding(split.train, vocabulary, cache)
        self.dev = split.dev
        self.context: Tensor | None = None  # of the training tokens
        self.sentences = split.train  # self.train has them encoded

    def read_context(self, context: ContextMix, device: torch.device, progress: Progress) -> None:
        """Read training and dev sentences with the frozen network whose states a context mixes, once for all epochs.

        Args:
            context: of the network to be trained.
            device: that computes the states; those of training tokens stay in the main memory.
            progress: called with the number of tokens so far.
        """
        self.context = context.read.of_tokens([sentence.tokens for sentence in self.sentences], device, progress)
        before = len(self.context)
        dev = [sentence.tokens for sentence in self.dev]
        context.read.remember(dev, device, lambda tokens: progress(before + tokens))

    def train_dataloader(self) -> DataLoader[Batch]:
        """Load batches of similar length, in a new order each epoch; each process gets its part of each batch."""
        rank, processes = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        sampler = BucketSampler(self.train.lengths, self.batch_size, self.seed)
        # Batches are made in the training process: of encoded sentences, this takes less time than worker processes.
        batches = _Batches(self.train, self.forms, self.context, rank, processes)
        return DataLoader(batches, sampler=sampler, batch_size=None, pin_memory=self._on_gpu())

    def val_dataloader(self) -> DataLoader[tuple[Sentence, ...]]:
        """Load all dev sentences as one item; a `Predictor` makes batches of them."""
        return DataLoader([self.dev], batch_size=None, collate_fn=_as_it_is)  # type: ignore[arg-type]

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Copy batches without waiting for the copy; leave sentences as they are."""
        return batch.to(device, non_blocking=True) if isinstance(batch, Batch) else batch

    def _on_gpu(self) -> bool:
        return self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"


def _as_it_is(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    return sentences
