"""The LightningDataModule: a corpus and its dev split as batches."""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.data.batching import Batch, BucketSampler, make_batch
from bner.data.encoding import EncodedSentences, Forms, encode_forms, encode_sentences
from bner.data.vocabulary import Vocabulary

EVALUATION_BATCH = 64  # sentences; without gradients, larger batches bring nothing on a CPU


class _Batches(Dataset[Batch]):
    """Makes a batch of the sentences that the sampler names."""

    def __init__(self, part: EncodedSentences, forms: Forms) -> None:
        self.part = part
        self.forms = forms

    def __getitem__(self, sentences: Tensor) -> Batch:
        return make_batch(self.part, self.forms, sentences)


class TaggingData(LightningDataModule):
    """Training, dev and test sentences, encoded once.

    Args:
        split: training and dev sentences.
        test: the test sentences.
        vocabulary: words, characters and labels.
        batch_size: training sentences in an update.
        seed: of the order of training sentences, which follows from it and the epoch alone.
    """

    def __init__(
        self, split: Split, test: Sequence[Sentence], vocabulary: Vocabulary, batch_size: int, seed: int
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.batch_size = batch_size
        self.seed = seed
        self.forms, numbers = encode_forms([split.train, split.dev, test], vocabulary)
        self.train = encode_sentences(split.train, numbers, vocabulary)
        self.dev = encode_sentences(split.dev, numbers, vocabulary)
        self.test = encode_sentences(test, numbers, vocabulary)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches of like length, in a new order each epoch."""
        return self._loader(self.train, self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[Batch]:
        """The dev sentences."""
        return self._loader(self.dev, EVALUATION_BATCH, shuffle=False)

    def predict_dataloader(self) -> DataLoader[Batch]:
        """The test sentences."""
        return self._loader(self.test, EVALUATION_BATCH, shuffle=False)

    def _loader(self, part: EncodedSentences, batch_size: int, shuffle: bool) -> DataLoader[Batch]:
        sampler = BucketSampler(part.lengths, batch_size, self.seed, shuffle)
        # Batches are made in the training process: encoded as they are, this takes less time than handing them over.
        return DataLoader(_Batches(part, self.forms), sampler=sampler, batch_size=None)
