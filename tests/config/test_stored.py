"""Settings read back from a stored configuration, in the same or in another data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from bner.config.schema import plain, read_settings
from bner.config.stored import stored_settings
from bner.errors import BnerError
from tests.conftest import configured


def stored(*words: str, **changes: Any) -> str:
    """The config.yaml of a run."""
    values = plain(read_settings(configured(*words)))
    for key, value in changes.items():
        values[key].update(value)
    return OmegaConf.to_yaml(OmegaConf.create(values))


def test_what_was_stored_is_read_back() -> None:
    words = ("corpus=jnlpba", "char=cnn", "embedding=biomed50", "seed=4")
    assert stored_settings(stored(*words), "run 1") == read_settings(configured(*words))


def test_files_move_with_the_data_folder() -> None:
    text = stored("corpus=gm", "paths.data=/before", "embedding.file=/elsewhere/own.bin")
    moved = stored_settings(text, "run 1", Path("/now"))
    assert moved.corpus.folder == "/now/corpora/bc2gm"
    assert moved.embedding.default_file == "/now/embeddings/biomed300.bin"
    assert moved.embedding.file == "/elsewhere/own.bin"
    assert moved.paths.data == "/now"


def test_a_class_outside_bner_is_not_imported() -> None:
    with pytest.raises(BnerError, match=r"run 1 has char._target_ unheard_of.Char, a class of your own"):
        stored_settings(stored(char={"_target_": "unheard_of.Char"}), "run 1")


def test_a_text_without_sections() -> None:
    with pytest.raises(BnerError, match=r"config.yaml of run 1 has no sections"):
        stored_settings("[]", "run 1")
