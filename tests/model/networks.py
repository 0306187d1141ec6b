"""Small networks and batches for the tests of the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from bner.model.batch import Batch
from bner.model.char_attention_hidden import CharAttentionHiddenConfig
from bner.model.char_cnn import CharCNNConfig
from bner.model.char_lstm import CharLSTMConfig
from bner.model.char_none import NoCharactersConfig
from bner.model.network import CharAttentionConfig, CRFConfig, RecurrentEncoderConfig, Tagger
from bner.model.softmax import SoftmaxConfig
from bner.model.word_features import WordFeatures

WORDS, CHARACTERS, LABELS, DIM = 9, 12, 5, 7
LENGTHS = [6, 1, 4]
CHARS: dict[str, Any] = {
    "attention": CharAttentionConfig("attention"),
    "attention_hidden": CharAttentionHiddenConfig("attention_hidden"),
    "cnn": CharCNNConfig("cnn"),
    "lstm": CharLSTMConfig("lstm"),
    "none": NoCharactersConfig("none"),
}
DECODERS = {"crf": CRFConfig("crf"), "softmax": SoftmaxConfig("softmax")}


def make_batch(seed: int = 0) -> Batch:
    """Three sentences over six forms."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.tensor([1, 5, 2, 8, 3, 1])
    index = torch.randint(6, (3, 6), generator=generator)
    lengths = torch.tensor(LENGTHS)
    outside = torch.arange(6) >= lengths[:, None]
    return Batch(
        words=torch.tensor([0, 3, 3, 8, 1, 5]),
        characters=torch.randint(1, CHARACTERS, (int(sizes.sum()),), generator=generator),
        character_forms=torch.repeat_interleave(sizes),
        index=index.masked_fill(outside, 6),
        labels=torch.randint(LABELS, (3, 6), generator=generator).masked_fill(outside, 0),
        lengths=lengths,
        sentences=torch.arange(3),
        num_tokens=sum(LENGTHS),
    )


def make_tagger(
    char: str = "attention", decoder: str = "crf", finetune: bool = False, dtype: Any = torch.float64, **settings: Any
) -> Tagger:
    torch.manual_seed(5)
    vectors = torch.randn(WORDS, DIM)
    vectors[0] = 0
    return tagger_of(
        vectors, CHARACTERS, LABELS, char, decoder, finetune, hidden_size=4, feature_size=6, **settings
    ).to(dtype)


def tagger_of(
    vectors: torch.Tensor, characters: int, labels: int, char: str, decoder: str, finetune: bool, **settings: Any
) -> Tagger:
    encoder = RecurrentEncoderConfig("test", **settings)
    built: nn.Module | None = CHARS[char].build(characters, vectors.shape[1])
    words = WordFeatures(vectors, built, finetune, sparse=finetune)
    return Tagger(encoder.build(words), DECODERS[decoder], labels)
