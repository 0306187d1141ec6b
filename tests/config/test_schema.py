"""Settings: typed, checked, and refused with the key and the nearest right one."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from bner.config.schema import flat, plain, read_settings
from bner.errors import BnerError
from tests.conftest import configured


def test_the_default_is_the_papers_best_model() -> None:
    settings = read_settings(configured())
    assert (settings.corpus.name, settings.model.name, settings.embedding.label) == ("gm", "blstm", "biomed300")
    assert (settings.char.name, settings.decoder.name) == ("attention_hidden", "crf")
    assert settings.optimizer.l2 == 1e-8
    assert settings.model.window == 2


def test_params_are_flat_and_name_the_components() -> None:
    params = flat(read_settings(configured("seed=7", "char=cnn")))
    assert params["seed"] == 7
    assert params["model.cell"] == "lstm"
    assert params["char._target_"] == "bner.model.char_cnn.CharCNNConfig"
    assert not any(isinstance(value, dict) for value in params.values())


def test_settings_come_back_from_their_plain_values() -> None:
    for words in ((), ("char=lstm", "optimizer=adam", "schedule=cosine", "corpus=jnlpba", "embedding=glove50")):
        settings = read_settings(configured(*words))
        assert read_settings(OmegaConf.create(plain(settings))) == settings


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("seed=x", "seed: Value 'x' of type 'str' could not be converted to Integer"),
        ("seed=-1", "seed is -1: use at least 0"),
        ("batch_size=0", "batch_size is 0: use at least 1"),
        ("model.layers=two", r"model.layers: Value 'two' .* \(wanted: int\)"),
        ("model.cell=gru", "model.cell is 'gru': use lstm or rnn"),
        ("model.dropout=2", "model.dropout is 2.0: use 0 to 0.95"),
        ("optimizer.lr=-1", "optimizer.lr is -1.0: use at least 0"),
        ("trainer.strategy=dp", "trainer.strategy is 'dp': use auto or ddp"),
        ("trainer.matmul_precision=low", "trainer.matmul_precision is 'low': use highest or high or medium"),
        ("embedding.word_dropout=1", "embedding.word_dropout is 1.0: use 0 to 0.95"),
        ("+averaging.decay=0.9", "averaging.decay is no setting"),
        ("+model.hiden_size=1", "model.hiden_size is no setting: the nearest is model.hidden_size"),
        ("+modl.layers=1", "modl is no setting: the nearest is model"),
        ("~seed", "seed is missing"),
        ("~model.name", "model.name is missing"),
        ("~model._target_", "model has no _target_"),
        ("model._target_=nosuch.Class", r"model._target_ is nosuch.Class, which cannot be imported \(No module"),
        ("model._target_=bner.model.network.Nosuch", "which cannot be imported"),
        ("model._target_=os.system", "is os.system, which is no dataclass with a method build"),
        ("model._target_=bner.model.dropout.Dropout", "which is no dataclass with a method build"),
        ("embedding.file=${nosuch}", "the configuration does not fit: Interpolation key 'nosuch' not found"),
    ],
)
def test_values_that_cannot_be(override: str, sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_settings(configured(override))


def test_a_class_of_ones_own_lies_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_characters.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass\nclass Mine:\n    name: str\n    size: int = 3\n\n"
        "    def build(self, num_characters, word_dim):\n        return None\n"
    )
    monkeypatch.chdir(tmp_path)
    words = ("char._target_=my_characters.Mine", "~char.embedding_dim", "~char.hidden_size", "~char.window")
    settings = read_settings(configured(*words))
    assert (type(settings.char).__name__, settings.char.size) == ("Mine", 3)
    with pytest.raises(BnerError, match=r"char.siz is no setting: the nearest is char.size"):
        read_settings(configured(*words, "+char.siz=4"))
