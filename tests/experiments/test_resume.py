"""A resumed run keeps its configuration, but for settings that do not change what it computes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from bner.config.schema import plain, read_settings
from bner.errors import BnerError
from bner.experiments import resume
from tests.conftest import configured

RUN: Any = SimpleNamespace(id="0123")


def resumed(monkeypatch: pytest.MonkeyPatch, begun: tuple[str, ...], *words: str, **changes: Any) -> DictConfig:
    """The configuration of a run that was begun with some words and is resumed with others."""
    stored = plain(read_settings(configured(*begun)))
    for key, value in changes.items():
        stored[key].update(value)
    monkeypatch.setattr(resume, "stored_config", lambda _: OmegaConf.to_yaml(OmegaConf.create(stored)))
    return resume.resumed_config(RUN, configured("resume=0123", *words), ["resume=0123", *words])


def test_what_was_begun_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = ("char=cnn", "optimizer=adam", "schedule=cosine", "model.window=1", "seed=3", "embedding=random50")
    settings = read_settings(resumed(monkeypatch, begun))
    expected = read_settings(configured(*begun, "resume=0123"))
    assert settings == expected


def test_ignored_settings_and_more_epochs_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("trainer.threads=1", "tracking.wait_minutes=1", "paths.data=/moved", "trainer.max_epochs=99")
    settings = read_settings(resumed(monkeypatch, ("paths.data=/data",), *words))
    assert (settings.trainer.threads, settings.trainer.max_epochs) == (1, 99)
    assert settings.corpus.folder == "/moved/corpora/bc2gm"
    assert settings.embedding.default_file == "/moved/embeddings/biomed300.bin"


def test_what_would_change_the_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("seed=2", "model=lstm", "model.window=0", "optimizer=adam"):
        with pytest.raises(BnerError, match=f"a resumed run keeps its configuration: leave out {word}"):
            resumed(monkeypatch, (), word)
    assert (
        resumed(monkeypatch, ("seed=2", "model=lstm"), "seed=2", "model=lstm").seed == 2
    )  # the same again is no change


def test_a_class_that_only_the_store_names_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BnerError, match="a class of your own: name it again, as in char=attention"):
        resumed(monkeypatch, (), char={"_target_": "os.system"})
    with pytest.raises(BnerError, match="was begun by an older bner"):
        resumed(monkeypatch, (), char={"_target_": None})


def test_files_other_than_those_it_was_begun_with() -> None:
    run: Any = SimpleNamespace(id="0123", tags=lambda: {"corpus.sha256": "1"})
    resume.check_tags(run, {"corpus.sha256": "1"})
    with pytest.raises(BnerError, match=r"was begun with corpus.sha256 1 and now it is 2: give it back the files"):
        resume.check_tags(run, {"corpus.sha256": "2"})
