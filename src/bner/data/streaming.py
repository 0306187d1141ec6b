"""Batches of sentences that come one after another, in memory that does not grow with their number.

A batch holds all of its word forms, or, for an encoder with a cache, only those that the cache does not have:
`FormSlots` says which form is in which slot of it. When the slots run out, the forms that were used least are evicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import numpy as np
import torch
from torch import Tensor

from bner.data.encoding import FormEncoder, Forms
from bner.errors import BnerError
from bner.model.batch import Batch

BATCH_SIZE = 128  # sentences
SLOTS = 16_384  # word forms; 16 kB each for the paper's network
CHUNK = 2_048  # sentences that are sorted by length together
_MOST_TOKENS = 16_384  # of a batch, padding included


class FormSlots:
    """Assigns word forms to the slots of an encoder's cache.

    Args:
        slots: how many forms the cache holds.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self.slots = slots
        self._slot: dict[str, int] = {}
        self._free = list(range(slots - 1, -1, -1))
        self._used = np.zeros(slots, dtype=np.int64)  # tokens since the form was added, halved at each eviction

    def assign(self, tokens: Sequence[str]) -> tuple[Tensor, list[str], Tensor]:
        """Find or assign a slot for each token.

        Returns:
            The slot of each token, (tokens,); the forms that are new; and their slots.

        Raises:
            BnerError: there are more different forms than slots.
        """
        distinct = dict.fromkeys(tokens)
        new = [form for form in distinct if form not in self._slot]
        if len(new) > len(self._free):
            self._evict(distinct, len(new))
        slots = [self._free.pop() for _ in new]
        self._slot.update(zip(new, slots, strict=True))
        assigned = np.fromiter(map(self._slot.__getitem__, tokens), np.int64, len(tokens))
        self._used += np.bincount(assigned, minlength=self.slots)
        return torch.from_numpy(assigned), new, torch.tensor(slots).long()

    def _evict(self, wanted: dict[str, None], needed: int) -> None:
        """Free at least half of the slots, those used least first, and none that is wanted now."""
        kept = [form for form in self._slot if form in wanted]
        others = [form for form in self._slot if form not in wanted]
        if len(kept) + needed > self.slots:
            raise BnerError(f"a sentence has more than {self.slots} different words: split it into sentences.")
        others.sort(key=lambda form: self._used[self._slot[form]])
        for form in others[: max(needed, self.slots // 2)]:
            slot = self._slot.pop(form)
            self._used[slot] = 0
            self._free.append(slot)
        self._used //= 2


def stream_batches(
    sentences: Iterable[tuple[int, Sequence[str]]],
    encode: FormEncoder,
    memory: FormSlots | None,
    batch_size: int = BATCH_SIZE,
    chunk: int = CHUNK,
    read: Callable[[Sequence[Sequence[str]]], Tensor] | None = None,
) -> Iterator[Batch]:
    """Make batches of the sentences, sorted by length within each chunk, with memory for one chunk at most.

    Args:
        sentences: the number and the tokens, at least one, of each.
        encode: word forms to numbers.
        memory: the slots of the encoder's cache; None where it has none.
        batch_size: sentences in a batch, fewer where they are long.
        chunk: sentences that are read before the first batch of them is made.
        read: reads the sentences of a batch with a frozen network, (B, T, S, D).
    """
    waiting = iter(sentences)
    # The words of a batch of several sentences always fit into the slots.
    most = _MOST_TOKENS if memory is None else min(_MOST_TOKENS, memory.slots)
    while part := list(islice(waiting, chunk)):
        part.sort(key=lambda each: len(each[1]))
        while part:
            # The longest come first; a batch is padded to its longest sentence.
            size = max(1, min(batch_size, most // len(part[-1][1])))
            yield _batch(part[-size:], encode, memory, read)
            del part[-size:]


def _batch(
    numbered: Sequence[tuple[int, Sequence[str]]],
    encode: FormEncoder,
    memory: FormSlots | None,
    read: Callable[[Sequence[Sequence[str]]], Tensor] | None,
) -> Batch:
    lengths = torch.tensor([len(tokens) for _, tokens in numbered])
    longest = int(lengths.max())
    tokens = list(chain.from_iterable(tokens for _, tokens in numbered))
    slots: Tensor | None = None
    if memory is None:
        numbers = {form: number for number, form in enumerate(dict.fromkeys(tokens))}
        new, padding = list(numbers), len(numbers)
        assigned = torch.tensor([numbers[token] for token in tokens])
    else:
        assigned, new, slots = memory.assign(tokens)
        padding = memory.slots
    forms: Forms = encode(new)
    index = torch.full((len(numbered), longest), padding)
    index[torch.arange(longest) < lengths[:, None]] = assigned
    return Batch(
        words=forms.words,
        characters=forms.characters,
        character_forms=torch.repeat_interleave(forms.starts.diff()),
        index=index,
        labels=torch.zeros_like(index),
        lengths=lengths,
        sentences=torch.tensor([number for number, _ in numbered]),
        num_tokens=len(tokens),
        vectors=forms.vectors,
        context=None if read is None else read([tokens for _, tokens in numbered]),
        slots=slots,
    )
