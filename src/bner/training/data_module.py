"""The LightningDataModule: a corpus and its dev split as batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, IterableDataset

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.data.batching import Batch, BucketSampler, make_batch
from bner.data.cache import cached_encoding
from bner.data.encoding import EncodedSentences, Forms, encode_labels
from bner.data.streaming import BATCH_SIZE, FormSlots, StreamBatch, stream_batches
from bner.data.vocabulary import Vocabulary


class _Batches(Dataset[Batch]):
    """Makes a batch of this process's part of the sentences that the sampler names for all processes."""

    def __init__(self, part: EncodedSentences, forms: Forms, rank: int, processes: int) -> None:
        self.part = part
        self.forms = forms
        self.rank = rank
        self.processes = processes

    def __getitem__(self, sentences: Tensor) -> Batch:
        own = sentences[self.rank :: self.processes]
        share = len(own) * self.processes / len(sentences)
        # A process that gets no sentence of an epoch's last batch takes part in the update all the same, with nothing.
        batch = make_batch(self.part, self.forms, own if len(own) else sentences[:1])
        return replace(batch, share=share)


class _Stream(IterableDataset[StreamBatch]):
    """Sentences with their gold labels, for a network that begins with no word known."""

    def __init__(self, sentences: Sequence[Sentence], vocabulary: Vocabulary) -> None:
        self.tokens = [sentence.tokens for sentence in sentences]
        self.labels = encode_labels(sentences, vocabulary)
        self.vocabulary = vocabulary

    def __iter__(self) -> Iterator[StreamBatch]:
        for batch in stream_batches(enumerate(self.tokens), FormSlots(self.vocabulary), BATCH_SIZE):
            rows = [self.labels[number] for number in batch.sentences.tolist()]
            yield replace(batch, labels=pad_sequence(rows, batch_first=True))


class TaggingData(LightningDataModule):
    """Training and dev sentences, encoded once.

    Args:
        split: training and dev sentences.
        vocabulary: words, characters and labels.
        batch_size: training sentences in an update.
        seed: of the order of training sentences, which follows from it and the epoch alone.
        cache: the folder that keeps encoded sentences from run to run.
    """

    def __init__(self, split: Split, vocabulary: Vocabulary, batch_size: int, seed: int, cache: Path) -> None:
        super().__init__()
        self.batch_size = batch_size
        self.seed = seed
        self.forms, self.train = cached_encoding(split.train, vocabulary, cache)
        self.dev = _Stream(split.dev, vocabulary)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches of like length, in a new order each epoch; each process of several gets its part of each batch."""
        rank, processes = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        sampler = BucketSampler(self.train.lengths, self.batch_size, self.seed)
        # Batches are made in the training process: encoded as they are, this takes less time than handing them over.
        batches = _Batches(self.train, self.forms, rank, processes)
        return DataLoader(batches, sampler=sampler, batch_size=None, pin_memory=self._on_gpu())

    def val_dataloader(self) -> DataLoader[StreamBatch]:
        """The dev sentences."""
        return DataLoader(self.dev, batch_size=None, pin_memory=self._on_gpu())

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Without waiting for the copy."""
        return batch.to(device, non_blocking=True)

    def _on_gpu(self) -> bool:
        return self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"
