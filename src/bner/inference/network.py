"""Build the network that a configuration describes."""

from __future__ import annotations

import torch
from torch import Tensor

from bner.config.schema import Settings
from bner.data.vocabulary import Vocabulary
from bner.model.legal import LegalLabels
from bner.model.network import Tagger
from bner.model.trained_vectors import TrainedVectors
from bner.model.word_features import WordFeatures
from bner.vectors.table import WordTable


def build_network(settings: Settings, table: WordTable, vocabulary: Vocabulary, sparse: bool = False) -> Tagger:
    """Build the network with random weights: characters and words, the encoder over them, the decoder.

    Args:
        settings: of the run.
        table: the word vectors.
        vocabulary: the numbers that it reads and writes.
        sparse: whether the gradient of trained vectors holds only the rows that a batch looks up.
    """
    vectors = torch.from_numpy(table.rows)
    characters = settings.char.build(vocabulary.num_characters, vectors.shape[1])
    trained = _trained(settings, vectors, table.trained, sparse)
    words = WordFeatures(vectors, characters, settings.embedding.finetune, sparse, trained, settings.context.build())
    legal = LegalLabels(*vocabulary.labels.legal())
    return Tagger(settings.model.build(words), settings.decoder, len(vocabulary.labels), legal)


def _trained(settings: Settings, vectors: Tensor, words: int, sparse: bool) -> TrainedVectors | None:
    """Build the trained vectors beside the frozen ones: a copy of them, or zeros, which words without one have."""
    embedding = settings.embedding
    if not embedding.has_trained_part:
        return None
    rows = vectors[: 1 + words]
    return TrainedVectors(rows if embedding.tuned_copy else rows.new_zeros(len(rows), embedding.extra_dim), sparse)
