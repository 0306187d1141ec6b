"""Settings read back from a stored configuration: moved to other data, and no class that only a store names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from bner.config.schema import plain, read_settings
from bner.config.stored import read_stored_corpus, stored_settings
from bner.corpora.gm import GMConfig
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


def test_a_run_from_before_a_component_existed() -> None:
    values = OmegaConf.create(stored("corpus=jnlpba"))
    del values["averaging"]
    del values["trainer"]["matmul_precision"]
    assert stored_settings(OmegaConf.to_yaml(values), "run 1") == read_settings(configured("corpus=jnlpba"))


def test_files_move_with_the_data_folder() -> None:
    more = "embedding.more=[/before/a.bin,/elsewhere/b.bin]"
    text = stored("corpus=gm", "paths.data=/before", "embedding.file=/elsewhere/own.bin", more)
    moved = stored_settings(text, "run 1", Path("/now"))
    assert moved.corpus.folder == "/now/corpora/bc2gm"
    assert moved.embedding.default_file == "/now/embeddings/biomed300.bin"
    assert moved.embedding.file == "/elsewhere/own.bin"
    assert moved.embedding.more == ["/now/a.bin", "/elsewhere/b.bin"]
    assert moved.paths.data == "/now"


def test_a_class_outside_bner_is_not_imported() -> None:
    with pytest.raises(BnerError, match=r"run 1 has char._target_ unheard_of.Char, a class of your own"):
        stored_settings(stored(char={"_target_": "unheard_of.Char"}), "run 1")


def test_a_text_without_sections() -> None:
    with pytest.raises(BnerError, match=r"config.yaml of run 1 has no sections"):
        stored_settings("[]", "run 1")


def test_a_corpus_comes_back_and_moves_with_its_data(tmp_path: Path) -> None:
    text = stored("corpus=jnlpba", "paths.data=/old", "corpus.split_seed=7")
    assert read_stored_corpus(text, "run 1").folder == "/old/corpora/jnlpba"
    moved = read_stored_corpus(text, "run 1", tmp_path)
    assert moved.test_path == tmp_path / "corpora" / "jnlpba" / "Genia4EReval2.iob2"
    assert moved.split_seed == 7
    outside = read_stored_corpus(stored("paths.data=/old", "corpus.folder=/older/gm"), "run 1", tmp_path)
    assert outside.folder == "/older/gm"
    sample = read_stored_corpus(stored("corpus=sample", "embedding=random50"), "run 1", tmp_path)
    assert isinstance(sample, GMConfig)
    assert sample.folder is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "no YAML"),
        ("- a", "has no sections"),
        ("corpus: {name: gm}", "has no corpus._target_"),
        ("corpus: 3", "has no corpus._target_"),
        ("corpus: {_target_: bner.corpora.gm.GMConfig, name: gm}", "corpus.folder is missing"),
        ("corpus: {_target_: bner.corpora.gm.Nothing}", "cannot be imported"),
    ],
)
def test_what_is_no_configuration(text: str, sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_stored_corpus(text, "run 1")


def test_a_store_names_no_module_to_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harmful_module.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BnerError, match="a class of your own"):
        read_stored_corpus("corpus: {_target_: harmful_module.Corpus}", "run 1")
    assert "harmful_module" not in sys.modules


def test_a_class_that_is_imported_may_be_used() -> None:
    section = f"corpus: {{_target_: {__name__}.OwnConfig, name: own, folder: null, train: train, test: test}}"
    assert type(read_stored_corpus(section, "run 1")).__name__ == "OwnConfig"


class OwnConfig(GMConfig):
    """A corpus of one's own."""


def test_a_run_of_before_there_were_contexts_has_none() -> None:
    values = plain(read_settings(configured()))
    del values["context"]
    assert stored_settings(OmegaConf.to_yaml(OmegaConf.create(values)), "run 1") == read_settings(configured())


def test_a_language_model_moves_with_the_data_folder() -> None:
    moved = stored_settings(stored("context=lm", "paths.data=/before"), "run 1", "/now")
    assert moved.context.folder == "/now/language_models/lm"
