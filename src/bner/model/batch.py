"""A batch, as tensors: sentences padded to one length, over their distinct word forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """B sentences of up to T tokens over W distinct word forms with C characters in all.

    Attributes:
        words: the row of each form in the table of word vectors, (W,).
        characters: the characters of the forms, one form after another, (C,).
        character_forms: the form that each character belongs to, (C,).
        index: the form of each token, W at padding, (B, T); with slots the form's slot, their number at padding.
        labels: the gold label of each token, 0 at padding, (B, T).
        lengths: tokens of each sentence, (B,).
        sentences: the number of each sentence in its part of the corpus, (B,).
        num_tokens: tokens of all sentences.
        share: weight of the batch's mean loss in an update: 1, or, where several processes have a part of the update
            each and the mean over the processes is taken, such that each sentence counts the same.
        vectors: the word vectors of the forms, (W, D); None where the network's table has them.
        context: states of a frozen network for each token, zero at padding, (B, T, S, D); None without a context.
        slots: with an encoder's cache, the slots of the forms, which are those that it does not have yet, (W,).
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
    vectors: Tensor | None = field(default=None, kw_only=True)
    context: Tensor | None = field(default=None, kw_only=True)
    slots: Tensor | None = field(default=None, kw_only=True)

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """Copy the batch to a device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """Copy the batch to page-locked memory, which a GPU reads by itself."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        changed: dict[str, Any] = {key: change(value) for key, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **changed)
