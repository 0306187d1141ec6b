"""Sentences of any number as batches without gold knowledge: a bounded memory says which word forms are known already.

A network computes what it needs of a word form once and keeps it in a slot; a batch names the forms that are new, the
slots that they go to, and the slot of each token. When the slots run out, the forms that were used least are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
from torch import Tensor

from bner.data.batching import Batch
from bner.data.encoding import FormEncoder, Forms
from bner.data.vocabulary import Vocabulary
from bner.errors import BnerError

BATCH_SIZE = 128  # sentences
SLOTS = 16_384  # word forms; 16 kB each for the paper's network
CHUNK = 2_048  # sentences that are sorted by length together
_PLACES = 16_384  # tokens of a batch, what lies beyond the sentences' ends counted in


@dataclass(frozen=True)
class StreamBatch(Batch):
    """A batch whose `words` and `characters` are those of new forms only, W of them.

    Attributes:
        slots: where each of the new forms is to be kept, (W,); `index` holds slots too.
        num_slots: how many there are; the index of what lies beyond a sentence's end.
    """

    slots: Tensor
    num_slots: int


class FormSlots:
    """Which word form is in which slot.

    Args:
        vocabulary: words and characters with their numbers.
        slots: how many forms are kept.
    """

    def __init__(self, vocabulary: Vocabulary, slots: int = SLOTS) -> None:
        self.slots = slots
        self._encode = FormEncoder(vocabulary)
        self._slot: dict[str, int] = {}
        self._free = list(range(slots - 1, -1, -1))
        self._used = np.zeros(slots, dtype=np.int64)  # tokens since the form came, halved when others are forgotten

    def place(self, tokens: Sequence[str]) -> tuple[Tensor, Forms, Tensor]:
        """Finds or makes a place for each token.

        Returns:
            The slot of each token, (tokens,); the new forms; and their slots.

        Raises:
            BnerError: there are more different forms than slots.
        """
        distinct = dict.fromkeys(tokens)
        new = [form for form in distinct if form not in self._slot]
        if len(new) > len(self._free):
            self._forget(distinct, len(new))
        slots = [self._free.pop() for _ in new]
        self._slot.update(zip(new, slots, strict=True))
        placed = np.fromiter(map(self._slot.__getitem__, tokens), np.int64, len(tokens))
        self._used += np.bincount(placed, minlength=self.slots)
        return torch.from_numpy(placed), self._encode(new), torch.tensor(slots).long()

    def _forget(self, wanted: dict[str, None], needed: int) -> None:
        """Frees at least half of the slots, those used least first, and none that is wanted now."""
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
    sentences: Iterable[tuple[int, Sequence[str]]], memory: FormSlots, batch_size: int, chunk: int = CHUNK
) -> Iterator[StreamBatch]:
    """Batches of the sentences, sorted by length within each chunk, with memory for one chunk at most.

    Args:
        sentences: the number and the tokens, at least one, of each.
        memory: which forms are known; new at the begin, for the network that reads the batches knows none.
        batch_size: sentences in a batch, fewer where they are long.
        chunk: sentences read before the first batch of them is given out.
    """
    waiting = iter(sentences)
    places = min(_PLACES, memory.slots)  # so that the words of a batch of several sentences always find room
    while part := list(islice(waiting, chunk)):
        part.sort(key=lambda each: len(each[1]))
        while part:
            # The longest come first; a batch is as wide as its longest sentence.
            size = max(1, min(batch_size, places // len(part[-1][1])))
            yield _stream_batch(part[-size:], memory)
            del part[-size:]


def _stream_batch(numbered: Sequence[tuple[int, Sequence[str]]], memory: FormSlots) -> StreamBatch:
    lengths = torch.tensor([len(tokens) for _, tokens in numbered])
    longest = int(lengths.max())
    placed, forms, slots = memory.place(list(chain.from_iterable(tokens for _, tokens in numbered)))
    index = torch.full((len(numbered), longest), memory.slots)
    index[torch.arange(longest) < lengths[:, None]] = placed
    return StreamBatch(
        words=forms.words,
        characters=forms.characters,
        character_forms=torch.repeat_interleave(forms.starts.diff()),
        index=index,
        labels=torch.zeros_like(index),
        lengths=lengths,
        sentences=torch.tensor([number for number, _ in numbered]),
        num_tokens=len(placed),
        slots=slots,
        num_slots=memory.slots,
    )
