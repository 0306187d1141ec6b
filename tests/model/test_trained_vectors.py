"""Trained vectors beside frozen ones: whose they are, and what moves them."""

from __future__ import annotations

import pytest
import torch

from bner.model.network import CRFConfig, RecurrentEncoderConfig, Tagger
from bner.model.trained_vectors import TrainedVectors
from bner.model.word_features import WordFeatures
from bner.training.optimizers import AdaGradConfig, AdamConfig
from tests.model.networks import CHARACTERS, CHARS, DIM, LABELS, WORDS, make_batch


def tagger_with(trained: TrainedVectors) -> Tagger:
    torch.manual_seed(3)
    vectors = torch.randn(WORDS, DIM)
    vectors[0] = 0
    words = WordFeatures(vectors, CHARS["attention"].build(CHARACTERS, DIM), finetune=False, trained=trained)
    return Tagger(RecurrentEncoderConfig("test", hidden_size=4).build(words), CRFConfig("crf"), LABELS)


def test_unknown_and_other_words_have_zeros() -> None:
    vectors = torch.randn(4, 3)
    vectors[0] = 0
    found = TrainedVectors(vectors)(torch.tensor([0, 3, 8, 1, 3]))
    assert torch.equal(found, vectors[torch.tensor([0, 3, 0, 1, 3])])


@pytest.mark.parametrize("start", ["copy", "zeros"])
@pytest.mark.parametrize("config", [AdaGradConfig("", 0.1, l2=1e-3), AdamConfig("", 0.1, l2=1e-3)])
def test_an_update_moves_the_rows_that_a_batch_looks_up(start: str, config: AdaGradConfig | AdamConfig) -> None:
    moved = []
    for sparse in {config.takes_sparse_gradients, False}:
        vectors = torch.randn(6, DIM if start == "copy" else 2, generator=torch.Generator().manual_seed(1))
        vectors = vectors * (start == "copy")
        vectors[0] = 0
        tagger = tagger_with(TrainedVectors(vectors, sparse))
        words = tagger.encoder.words
        frozen, batch = words.vectors.clone(), make_batch()
        assert words.dims == [DIM, vectors.shape[1], 30]
        assert [part.shape[1] for part in words(batch)] == words.dims
        optimizer = config.build(tagger)
        loss = tagger.loss(batch, batch.labels).sum()
        if config.l2_of_looked_up:
            (rows,) = words.parameters_of(batch.words.unique())
            loss = loss + config.l2_of_looked_up * rows.square().sum()
        loss.backward()
        assert words.trained.vectors.grad.is_sparse == sparse
        optimizer.step()
        moved.append(words.trained.vectors.detach() - vectors)
        assert torch.equal(words.vectors, frozen)
    torch.testing.assert_close(moved[0], moved[-1])
    changed = moved[0].abs().sum(1) > 0
    assert changed.tolist()[:1] == [False]  # UNKNOWN
    assert changed[[1, 3, 5]].all()  # of the forms of the batch


def test_trained_rows_are_part_of_a_checkpoint_and_frozen_ones_are_not() -> None:
    state = tagger_with(TrainedVectors(torch.zeros(4, 2))).state_dict()
    assert "encoder.words.trained.vectors" in state
    assert "encoder.words.vectors" not in state
