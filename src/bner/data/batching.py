"""Batches: which sentences go together, and what the model gets of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils.data import Sampler

from bner.data.encoding import EncodedSentences, Forms

_POOL = 50  # batches whose sentences are sorted by length together


@dataclass(frozen=True)
class Batch:
    """B sentences of up to T tokens over W distinct word forms with C characters in all.

    Attributes:
        words: the row of each form in the word table, (W,).
        characters: the characters of the forms, one form after another, (C,).
        character_forms: the form that each character belongs to, (C,).
        index: the form of each token, and W where a sentence has ended, (B, T).
        labels: the gold label of each token, 0 where a sentence has ended, (B, T).
        lengths: tokens of each sentence, (B,).
        sentences: the number of each sentence in its part of the corpus, (B,).
        num_tokens: tokens of all sentences.
        share: what the mean of the batch's losses counts for in an update: 1, or, where several processes have a part
            of the update each and the mean over the processes is taken, such that each sentence counts the same.
    """

    words: Tensor
    characters: Tensor
    character_forms: Tensor
    index: Tensor
    labels: Tensor
    lengths: Tensor
    sentences: Tensor
    num_tokens: int
    share: float = field(default=1.0, kw_only=True)

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The batch on another device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The batch in memory that a GPU can copy from by itself."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        changed: dict[str, Any] = {key: change(value) for key, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **changed)


def make_batch(part: EncodedSentences, forms: Forms, sentences: Tensor) -> Batch:
    """The batch of the sentences with these numbers, (B,)."""
    lengths = part.lengths[sentences]
    longest = int(lengths.max())
    places = torch.arange(longest)
    inside = places < lengths[:, None]
    tokens = (part.starts[sentences, None] + places)[inside]
    distinct, form = part.forms[tokens].unique(return_inverse=True)
    index = torch.full((len(sentences), longest), len(distinct))
    index[inside] = form
    labels = torch.zeros_like(index)
    labels[inside] = part.labels[tokens]
    widths = forms.starts[distinct + 1] - forms.starts[distinct]
    character_forms = torch.repeat_interleave(widths)
    first = widths.cumsum(0) - widths
    characters = torch.arange(len(character_forms)) + (forms.starts[distinct] - first)[character_forms]
    return Batch(
        words=forms.words[distinct],
        characters=forms.characters[characters],
        character_forms=character_forms,
        index=index,
        labels=labels,
        lengths=lengths,
        sentences=sentences,
        num_tokens=len(tokens),
    )


class BucketSampler(Sampler[Tensor]):
    """Batches of sentences of like length, in an order that follows from the seed and the epoch alone.

    The sentences are shuffled; within each pool of some batches they are sorted by length and cut into batches; the
    batches are shuffled.
    """

    def __init__(self, lengths: Tensor, batch_size: int, seed: int) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
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
