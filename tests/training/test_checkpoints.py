"""Checkpoints: of the same network and alphabet only, atomic, without code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bner.config.schema import read_settings
from bner.errors import BnerError
from bner.experiments.build import build_data, build_module, read_data, read_vectors
from bner.training.checkpoints import CARD, AtomicCheckpointIO, check_card, read_checkpoint
from bner.training.lightning_module import TaggerModule
from tests.conftest import configured


def module_of(tmp_path: Path, *words: str, characters: str | None = None) -> TaggerModule:
    settings = read_settings(configured("corpus=sample", "embedding=random50", f"paths.cache={tmp_path}/cache", *words))
    data = read_data(settings)
    table = read_vectors(settings, data)
    vocabulary = build_data(settings, data, table).vocabulary
    if characters:
        vocabulary = replace(vocabulary, characters=characters)
    return build_module(settings, data, table, vocabulary)


def saved(module: TaggerModule, path: Path) -> Path:
    checkpoint: dict[str, Any] = {"state_dict": module.state_dict()}
    module.on_save_checkpoint(checkpoint)
    AtomicCheckpointIO().save_checkpoint(checkpoint, path)
    return path


def test_a_checkpoint_holds_the_alphabet_and_refuses_another(tmp_path: Path) -> None:
    module = module_of(tmp_path)
    path = saved(module, tmp_path / "a.ckpt")
    alphabet = module.vocabulary.characters
    assert read_checkpoint(path)[CARD]["characters"] == alphabet
    assert len(alphabet) > 40
    module_of(tmp_path).load_weights(path)
    with pytest.raises(BnerError, match=r"was trained with characters .* and this run has"):
        module_of(tmp_path, characters=alphabet[::-1]).load_weights(path)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("char=attention", "was trained with char._target_ bner.model.char_attention_hidden.CharAttentionHiddenConfig"),
        ("model.window=1", "was trained with model.window 2 and this run has 1"),
        ("decoder=softmax", "was trained with decoder._target_"),
        ("embedding.digits=zero", "was trained with digits num and this run has zero"),
        ("seed=2", "was trained with vectors random, seed 1"),
    ],
)
def test_a_checkpoint_of_another_network(tmp_path: Path, word: str, sentence: str) -> None:
    path = saved(module_of(tmp_path), tmp_path / "a.ckpt")
    with pytest.raises(BnerError, match=sentence):
        module_of(tmp_path, word).load_weights(path)


def test_a_checkpoint_from_before_a_setting_existed(tmp_path: Path) -> None:
    path = saved(module_of(tmp_path), tmp_path / "a.ckpt")
    checkpoint = read_checkpoint(path)
    del checkpoint[CARD]["model.links"]
    torch.save(checkpoint, path)
    module_of(tmp_path).load_weights(path)


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    module = module_of(tmp_path)
    path = tmp_path / "a.ckpt"
    state = module.state_dict()
    state.pop("network.output.bias")
    torch.save({"state_dict": state, CARD: module.card}, path)
    with pytest.raises(BnerError, match="does not hold this network's weights"):
        module.load_weights(path)


def test_nothing_else_is_a_checkpoint(tmp_path: Path) -> None:
    for name, content in (("list", [1]), ("path", {"state_dict": {}, CARD: Path("x")})):
        torch.save(content, tmp_path / name)
        with pytest.raises(BnerError, match="no checkpoint"):
            read_checkpoint(tmp_path / name)
    with pytest.raises(BnerError, match="is missing"):
        read_checkpoint(tmp_path / "none")
    with pytest.raises(BnerError, match="is no checkpoint of bner"):
        check_card({}, {"labels": []}, "a.ckpt")
