"""What the window takes of each word form, kept from batch to batch as long as the weights stay the same."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from bner.model.tagger import Inputs, Tagger


class StreamInputs(Inputs, Protocol):
    """A batch over remembered forms: its words and characters are those of new forms, its index holds slots."""

    @property
    def slots(self) -> Tensor:
        """Where each of the new forms is to be kept, (W,)."""

    @property
    def num_slots(self) -> int:
        """How many slots there are; the index of what lies beyond a sentence's end."""


class WordMemory:
    """The rows of `Tagger.word_sums` for a number of word forms; which form is in which slot, the batches say.

    Args:
        network: whose weights may not change while the memory is used.
        slots: how many forms are kept; a slot takes 16 kB for a BLSTM of 100 units.
    """

    def __init__(self, network: Tagger, slots: int) -> None:
        self.network = network
        weight = network.recurrent.first.inputs[0]
        # Not filled with zeros: the memory of a slot is taken from the system when it is first written to.
        self.sums = weight.new_empty(slots + 1, weight[0].numel())
        self.sums[slots] = 0

    @torch.no_grad()
    def labels(self, batch: StreamInputs) -> Tensor:
        """The decoded label of each token, 0 beyond a sentence's end, (B, T)."""
        return self.network.decoder.decode(self.emissions(batch), batch.lengths)

    @torch.no_grad()
    def emissions(self, batch: StreamInputs) -> Tensor:
        """The emissions, (B, T, K)."""
        if len(batch.words):
            self.sums.index_copy_(0, batch.slots, self.network.word_sums(batch)[:-1])
        return self.network.emissions(self.sums, batch.index, batch.lengths)
