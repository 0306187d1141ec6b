"""Optimizers and schedules: what they do to weights, and which vectors they move."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from bner.errors import SettingError
from bner.training.optimizers import AdaGradConfig, AdamConfig, AdamWConfig, OptimizerConfig, SGDConfig
from bner.training.schedules import ConstantConfig, CosineConfig, LinearConfig
from tests.model.networks import make_batch, make_tagger

CONFIGS = {
    "adagrad": (AdaGradConfig("", 0.02, l2=1e-3), torch.optim.Adagrad, {"eps": 1e-6, "weight_decay": 1e-3}),
    "adam": (AdamConfig("", 0.02, beta1=0.8, l2=1e-3), torch.optim.Adam, {"betas": (0.8, 0.999), "weight_decay": 1e-3}),
    "adamw": (AdamWConfig("", 0.02, weight_decay=0.1), torch.optim.AdamW, {"weight_decay": 0.1}),
    "sgd": (SGDConfig("", 0.02, momentum=0.9, nesterov=True), torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
}


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_three_updates_are_torchs_own(name: str) -> None:
    config, theirs, settings = CONFIGS[name]
    taggers = [make_tagger(dtype=torch.float32) for _ in range(2)]
    optimizers = [config.build(taggers[0]), theirs(taggers[1].parameters(), lr=0.02, **settings)]
    for number in range(3):
        for tagger, optimizer in zip(taggers, optimizers, strict=True):
            optimizer.zero_grad()
            batch = make_batch(number)
            tagger.loss(batch, batch.labels).sum().backward()
            optimizer.step()
    for one, other in zip(taggers[0].parameters(), taggers[1].parameters(), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_fine_tuned_vectors_with_sparse_and_dense_gradients(name: str) -> None:
    config: OptimizerConfig = CONFIGS[name][0]
    moved = []
    for sparse in {config.takes_sparse_gradients, False}:
        tagger = make_tagger(finetune=True, dtype=torch.float32)
        words = tagger.encoder.words
        words.sparse = sparse
        before = words.vectors.detach().clone()
        optimizer = config.build(tagger)
        batch = make_batch()
        tagger.loss(batch, batch.labels).sum().backward()
        assert words.vectors.grad.is_sparse == sparse
        optimizer.step()
        moved.append(words.vectors.detach() - before)
        assert moved[-1][batch.words].abs().sum(1).min() > 0  # the rows that the batch looks up
    torch.testing.assert_close(moved[0], moved[-1])
    assert config.takes_sparse_gradients == (name == "adagrad")


def test_clipped_gradients_are_dense() -> None:
    assert not AdaGradConfig("adagrad", 0.02, clip_norm=1.0).takes_sparse_gradients


@pytest.mark.parametrize(
    ("config", "settings", "key"),
    [
        (AdaGradConfig, {"lr": -1}, "lr"), (AdamConfig, {"lr": 1, "beta1": 1.0}, "beta1"),
        (SGDConfig, {"lr": 1, "l2": -1}, "l2"),
        (SGDConfig, {"lr": 1, "nesterov": True}, "momentum"),
        (AdamWConfig, {"lr": 1, "weight_decay": -1}, "weight_decay"),
        (AdamConfig, {"lr": 1, "clip_norm": -1}, "clip_norm"), (LinearConfig, {"warmup": 2}, "warmup"),
        (CosineConfig, {"final": -1}, "final"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(config: Any, settings: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingError) as error:
        config("name", **settings)
    assert error.value.key == key


def rates(config: Any, updates: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = config.build(optimizer, updates)
    found = []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_learning_rates_rise_and_decay() -> None:
    linear, cosine = rates(LinearConfig("l", warmup=0.1), 100), rates(CosineConfig("c", warmup=0.1, final=0.5), 100)
    for found in (linear, cosine):
        assert found[:10] == pytest.approx([0.2 * (k + 1) for k in range(10)])
        assert max(found) == pytest.approx(2.0)
        assert all(one > other for one, other in itertools.pairwise(found[10:]))
    assert linear[55] == pytest.approx(1.0)
    assert linear[99] == pytest.approx(2 / 90)
    assert cosine[55] == pytest.approx(2 * (0.5 + 0.25))
    assert cosine[70] == pytest.approx(2 * (0.5 + 0.5 * (1 + math.cos(math.pi * 60 / 90)) / 2))
    assert ConstantConfig("c").build(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1), 5) is None
