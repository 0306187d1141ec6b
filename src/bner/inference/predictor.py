"""Mentions of sentences that come one after the other, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bner.corpora.sentence import Mention
from bner.data.streaming import BATCH_SIZE, CHUNK, SLOTS, FormSlots, stream_batches
from bner.data.vocabulary import Vocabulary
from bner.model.tagger import Tagger
from bner.model.word_memory import WordMemory


def tag(
    network: Tagger,
    vocabulary: Vocabulary,
    sentences: Iterable[Sequence[str]],
    batch_size: int = BATCH_SIZE,
    chunk: int = CHUNK,
    slots: int = SLOTS,
) -> Iterator[tuple[Mention, ...]]:
    """The mentions of each sentence, in the order of the sentences.

    Args:
        network: the network, on the device where it is to run; its weights may not change meanwhile.
        vocabulary: what it reads and writes.
        sentences: the tokens of each; one without tokens has no mentions.
        batch_size: sentences in a batch, fewer where they are long.
        chunk: sentences that are read, and sorted by length, before the mentions of the first of them come out.
        slots: word forms that are remembered.

    Raises:
        BnerError: a sentence has more than `slots` different words.
    """
    memory = WordMemory(network, slots)
    device = memory.sums.device
    waiting: dict[int, tuple[Mention, ...]] = {}
    due = 0

    def with_tokens() -> Iterator[tuple[int, Sequence[str]]]:
        for number, tokens in enumerate(sentences):
            if tokens:
                yield number, tokens
            else:
                waiting[number] = ()

    for batch in stream_batches(with_tokens(), FormSlots(vocabulary, slots), batch_size, chunk):
        labels = memory.labels(batch.to(device)).cpu().numpy()
        waiting.update(zip(batch.sentences.tolist(), vocabulary.labels.decode_rows(labels), strict=True))
        while due in waiting:
            yield waiting.pop(due)
            due += 1
    while due in waiting:
        yield waiting.pop(due)
        due += 1
