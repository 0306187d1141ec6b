"""The folder of a language model: what is written is what is read, and what is broken is refused in one sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from bner.context.folder import CARD, add_direction, check_addition, read_card, read_models
from bner.errors import BnerError
from tests.context.lm_folders import WORDS, make_inputs, make_model, write_folder


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "lm")
    inputs, models = read_models(folder)
    assert list(inputs.words) == list(WORDS)
    torch.testing.assert_close(inputs.vectors, make_inputs().vectors, rtol=0, atol=0)
    for seed, direction in enumerate(("forward", "backward")):
        written = make_model(make_inputs(), seed).state_dict()
        read = models[direction].state_dict()
        assert written.keys() == read.keys()
        assert all(torch.equal(written[name], read[name]) for name in written)
        assert not any(parameter.requires_grad for parameter in models[direction].parameters())
    assert {path.name for path in folder.iterdir()} == {CARD, *read_card(folder).files}


def test_directions_are_added_in_any_order_and_once(tmp_path: Path) -> None:
    one, other = write_folder(tmp_path / "a"), write_folder(tmp_path / "b", ("backward",))
    with pytest.raises(BnerError, match="has no forward model: train it with `bner lm --direction forward`"):
        read_models(other)
    with pytest.raises(BnerError, match="has a backward model already"):
        check_addition(other, make_inputs(), "backward")
    with pytest.raises(BnerError, match="has a backward model of other text, vectors or sizes"):
        check_addition(other, make_inputs(layers=1), "forward")
    add_direction(other, make_inputs(), "forward", make_model(make_inputs(), 0), {})
    assert read_card(one).files["forward.safetensors"] == read_card(other).files["forward.safetensors"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(BnerError, match="is no folder of a language model"):
        check_addition(tmp_path / "notes", make_inputs(), "forward")
    with pytest.raises(BnerError, match="has no language model: train one"):
        read_models(tmp_path / "notes")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def no_number(path: Path) -> None:
    tensors = load_file(path)
    tensors["project.bias"][1] = torch.nan
    save_file(tensors, path)


def other_shape(path: Path) -> None:
    save_file({**load_file(path), "begin": torch.zeros(5)}, path)


def one_missing(path: Path) -> None:
    save_file({name: value for name, value in load_file(path).items() if name != "begin"}, path)


def one_more(path: Path) -> None:
    save_file({**load_file(path), "more": torch.zeros(1)}, path)


def a_pickle(path: Path) -> None:
    torch.save({"begin": torch.zeros(4)}, path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (cut_off, "can be read"),
        (no_number, "project.bias has values that are no numbers"),
        (other_shape, r"begin is \(5,\) and not \(4,\)"),
        (one_missing, r"begin is missing and not \(4,\)"),
        (one_more, r"more is \(1,\) and not expected"),
        (a_pickle, "can be read"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, change: Callable[[Path], None], sentence: str) -> None:
    folder = write_folder(tmp_path / "lm")
    broken = folder / "backward.safetensors"
    change(broken)
    with pytest.raises(BnerError, match=r"backward.safetensors is no part .*its SHA-256 is not the one in config.json"):
        read_models(folder)
    card = json.loads((folder / CARD).read_text())  # a hostile folder has a card that fits
    card["files"][broken.name] = hashlib.sha256(broken.read_bytes()).hexdigest()
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(BnerError, match=sentence):
        read_models(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2), ("sizes", {"hidden_size": -1}), ("sizes", {"hidden_size": 1 << 40}), ("sizes", [1]),
        ("dim", "6"), ("files", {}), ("files", {"../outside": "0"}), ("trained", {"sideways": {}}), ("digits", "all"),
        ("characters", None), ("more", 1),
    ],
)  # fmt: skip
def test_broken_cards_are_refused(tmp_path: Path, key: str, value: object) -> None:
    folder = write_folder(tmp_path / "lm")
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, key: value}))
    with pytest.raises(BnerError, match=r"config\.json is"):
        read_models(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "lm")
    (folder / "vectors.safetensors").unlink()
    with pytest.raises(BnerError, match=r"vectors\.safetensors is no part .*it is missing"):
        read_models(folder)
