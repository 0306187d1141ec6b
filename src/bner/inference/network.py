"""Build the network that a configuration describes."""

from __future__ import annotations

import torch

from bner.config.schema import Settings
from bner.data.vocabulary import Vocabulary
from bner.model.network import Tagger, WordFeatures
from bner.vectors.table import WordTable


def build_network(settings: Settings, table: WordTable, vocabulary: Vocabulary, sparse: bool = False) -> Tagger:
    """Build the network with random weights: characters and words, the encoder over them, the decoder.

    Args:
        settings: of the run.
        table: the word vectors.
        vocabulary: the numbers that it reads and writes.
        sparse: whether the gradient of fine-tuned vectors holds only the rows that a batch looks up.
    """
    vectors = torch.from_numpy(table.rows)
    characters = settings.char.build(vocabulary.num_characters, vectors.shape[1])
    words = WordFeatures(vectors, characters, settings.embedding.finetune, sparse)
    return Tagger(settings.model.build(words), settings.decoder, len(vocabulary.labels))
