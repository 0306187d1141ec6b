"""The order of training: which sentences go together in a batch, and which batch comes when."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import Sampler

_POOL = 50  # batches whose sentences are sorted by length together


class BucketSampler(Sampler[Tensor]):
    """Batches of sentences of similar length, in an order that follows from the seed and the epoch alone.

    The sentences are shuffled; within each pool of 50 batches they are sorted by length and cut into batches; the
    batches are shuffled.

    Args:
        lengths: tokens of each sentence.
        batch_size: sentences in a batch.
        seed: of the order.
    """

    def __init__(self, lengths: Tensor, batch_size: int, seed: int) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch; called by Lightning before each one."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator)
        batches: list[Tensor] = []
        for pool in order.split(self.batch_size * _POOL):
            batches += pool[self.lengths[pool].argsort(stable=True)].split(self.batch_size)
        for number in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[number]
