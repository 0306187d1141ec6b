"""The corpus of a stored configuration: built from it, moved to other data, and no class that only a store names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from bner.config.schema import plain, read_settings
from bner.config.stored import read_stored_corpus
from bner.corpora.gm import GMConfig
from bner.errors import BnerError
from tests.conftest import configured


def stored(*overrides: str) -> str:
    """The text of config.yaml as a run keeps it."""
    return OmegaConf.to_yaml(OmegaConf.create(plain(read_settings(configured(*overrides)))))


def test_a_corpus_comes_back_and_moves_with_its_data(tmp_path: Path) -> None:
    text = stored("corpus=jnlpba", "paths.data=/old", "corpus.split_seed=7")
    assert read_stored_corpus(text).folder == "/old/corpora/jnlpba"
    moved = read_stored_corpus(text, tmp_path)
    assert moved.test_path == tmp_path / "corpora" / "jnlpba" / "Genia4EReval2.iob2"
    assert moved.split_seed == 7
    outside = read_stored_corpus(stored("paths.data=/old", "corpus.folder=/older/gm"), tmp_path)
    assert outside.folder == "/older/gm"
    sample = read_stored_corpus(stored("corpus=sample", "embedding=random50"), tmp_path)
    assert isinstance(sample, GMConfig)
    assert sample.folder is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "no YAML"),
        ("- a", "has no corpus._target_"),
        ("corpus: {name: gm}", "has no corpus._target_"),
        ("corpus: 3", "has no corpus._target_"),
        ("corpus: {_target_: bner.corpora.gm.GMConfig, name: gm}", "corpus.folder is missing"),
        ("corpus: {_target_: bner.corpora.gm.Nothing}", "cannot be imported"),
    ],
)
def test_what_is_no_configuration(text: str, sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_stored_corpus(text)


def test_a_store_names_no_module_to_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harmful_module.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BnerError, match="a class of your own"):
        read_stored_corpus("corpus: {_target_: harmful_module.Corpus}")
    assert "harmful_module" not in sys.modules


def test_a_class_that_is_imported_may_be_used() -> None:
    section = f"corpus: {{_target_: {__name__}.OwnConfig, name: own, folder: null, train: train, test: test}}"
    assert type(read_stored_corpus(section)).__name__ == "OwnConfig"


class OwnConfig(GMConfig):
    """A corpus of one's own."""
