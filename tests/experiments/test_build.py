"""Inputs and devices are checked before anything is read; what a run reads is hashed once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from bner.config.schema import Settings, read_settings
from bner.errors import BnerError
from bner.experiments.build import check_device, check_inputs, read_data
from bner.runtime import hashing
from tests.conftest import configured, make_data


def settings(*words: str) -> Settings:
    return read_settings(configured(*words))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("corpus=gm", "paths.data=/nowhere"), "of corpus gm is missing: run `bner fetch bc2gm`, or set BNER_DATA"),
        (("corpus=jnlpba", "paths.data=/nowhere"), "run `bner fetch jnlpba`"),
        (("corpus=sample", "embedding=google300", "paths.data=/nowhere"), "run `bner fetch google300`"),
        (
            ("corpus=sample", "embedding=glove50", "paths.data=/nowhere"),
            "add embedding.file=/nowhere/embeddings/glove.6B",
        ),
        (
            ("corpus=sample", "embedding=biomed300", "paths.data=/d"),
            "train them with `bner embed TEXT... --dim 300 --out /d/",
        ),
        (("corpus=sample", "embedding=random50", "checkpoint=none.ckpt"), "none.ckpt is missing: check the path"),
        (
            ("corpus=sample", "embedding=random50", "embedding.file=/none.bin"),
            "/none.bin does not exist, check the path",
        ),
        (("corpus=sample", "embedding=random50", "embedding.digits=one"), "embedding.digits"),
        (("corpus=sample", "embedding=random50", "corpus.dev_split=page"), "corpus.dev_split is 'page'"),
    ],
)
def test_missing_inputs_say_what_to_do(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BnerError) as error:
        check_inputs(settings("corpus=sample", *words))
    assert sentence in str(error.value)


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    check_device(settings("trainer=gpu"))
    with pytest.raises(BnerError, match=r"gpu wants 2 GPUs and torch .* finds 1: use trainer=default"):
        check_device(settings("trainer=gpu", "trainer.devices=2"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    check_device(settings("trainer=default", "trainer.devices=2"))
    with pytest.raises(BnerError, match=r"wants 1 GPUs? and torch .* finds 0"):
        check_device(settings("trainer=gpu"))


def test_vector_files_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_data(tmp_path / "data")
    words = ("corpus=gm", "embedding=biomed50", f"paths.data={data}", f"paths.cache={tmp_path}/cache")
    first = read_data(settings(*words)).hashes
    computed = []
    original = hashing._computed
    monkeypatch.setattr(hashing, "_computed", lambda path: computed.append(path.name) or original(path))
    assert read_data(settings(*words)).hashes == first
    assert "biomed50.bin" not in computed
    shutil.copy(data / "embeddings/biomed300.bin", data / "embeddings/biomed50.bin")
    assert read_data(settings(*words, "embedding.dim=300")).hashes["vectors.sha256"] != first["vectors.sha256"]


def test_the_batches_to_overfit_are_training_and_dev() -> None:
    split = read_data(settings("corpus=sample", "embedding=random50", "debug=overfit", "batch_size=7")).split
    assert split.train == split.dev
    assert len(split.train) == 7
    assert read_data(settings("corpus=sample", "embedding=random50")).split.sha256 != split.sha256


def test_dropping_all_of_a_training_part_is_refused(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    with pytest.raises(BnerError, match="leaves no training sentence"):  # its test part is its training part
        read_data(settings("corpus=gm", "embedding=random50", f"paths.data={data}", "corpus.drop_duplicates=true"))
