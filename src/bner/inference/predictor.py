"""Predict the mentions of sentences that come one after another, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from bner.corpora.sentence import Mention
from bner.data.encoding import FormEncoder
from bner.data.streaming import BATCH_SIZE, CHUNK, SLOTS, FormSlots, stream_batches
from bner.data.vocabulary import Vocabulary
from bner.model.network import Tagger


class Predictor:
    """Predicts mentions with a network whose weights stay the same, keeping the encoder's cache between calls.

    Args:
        network: in evaluation mode, on the device where it is to run.
        vocabulary: the numbers that it reads and writes.
        vectors: word vectors (forms, D) of any word forms, see `FormEncoder`; None uses the network's table.
        batch_size: sentences in a batch, fewer where they are long.
        chunk: sentences that are read, and sorted by length, before the mentions of the first of them come out.
        slots: word forms that the encoder's cache holds.
    """

    def __init__(
        self,
        network: Tagger,
        vocabulary: Vocabulary,
        vectors: Callable[[Sequence[str]], npt.NDArray[np.float32]] | None = None,
        batch_size: int = BATCH_SIZE,
        chunk: int = CHUNK,
        slots: int = SLOTS,
    ) -> None:
        self.network = network
        self.vocabulary = vocabulary
        self.batch_size, self.chunk = batch_size, chunk
        self._encode = FormEncoder(vocabulary, vectors)
        self._num_slots = slots
        self._reset()

    def predict(self, sentences: Iterable[Sequence[str]]) -> Iterator[tuple[Mention, ...]]:
        """Yield the mentions of each sentence, in the order of the sentences.

        Args:
            sentences: the tokens of each; one without tokens has no mentions.

        Raises:
            BnerError: a sentence has more different words than the cache has slots.
        """
        device = self.network.output.weight.device
        found: dict[int, tuple[Mention, ...]] = {}
        due = 0

        def with_tokens() -> Iterator[tuple[int, Sequence[str]]]:
            for number, tokens in enumerate(sentences):
                if tokens:
                    yield number, tokens
                else:
                    found[number] = ()

        context = self.network.encoder.words.context
        read = None if context is None else partial(context.read, device=device)
        for batch in stream_batches(with_tokens(), self._encode, self._slots, self.batch_size, self.chunk, read):
            try:
                labels = self.network.decode(batch.to(device), self._cache).cpu().numpy()
            except BaseException:  # the cache may lack forms that have their slots
                self._reset()
                raise
            found.update(zip(batch.sentences.tolist(), self.vocabulary.labels.decode_rows(labels), strict=True))
            while due in found:
                yield found.pop(due)
                due += 1
        while due in found:
            yield found.pop(due)
            due += 1

    def _reset(self) -> None:
        """Begin with an empty cache, where the encoder has one."""
        self._cache = self.network.encoder.new_cache(self._num_slots)
        self._slots = None if self._cache is None else FormSlots(self._num_slots)
