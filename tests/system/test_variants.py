"""Whole runs of other trainers and debug settings, and with vectors of one's own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mlflow.tracking import MlflowClient
from omegaconf import DictConfig

from bner.experiments.run import train
from tests.conftest import GM_TEXTS, make_data, write
from tests.system.test_runs import FAST, artifacts, command, environment, runs


def test_two_processes_score_as_one_does(tmp_path: Path) -> None:
    words = (*FAST, "batch_size=33", "trainer.max_epochs=3")  # an odd number: the processes' parts differ in size
    for name, more in (("one", ()), ("two", ("trainer=ddp",))):
        subprocess.run(
            command(tmp_path / name, *words, *more), cwd=tmp_path, env=environment(), capture_output=True, check=True
        )
    (one,), (two,) = runs(tmp_path / "one"), runs(tmp_path / "two")
    assert two.info.status == "FINISHED"
    assert two.data.params["trainer.devices"] == "2"
    scores = [name for name in one.data.metrics if name.startswith(("dev/", "test/"))]
    assert {"dev/f1", "test/f1", "test/official_recall"} <= set(scores)
    for name in scores:
        assert two.data.metrics[name] == pytest.approx(one.data.metrics[name], abs=0.005), name
    assert two.data.metrics["train/loss"] == pytest.approx(one.data.metrics["train/loss"], rel=0.01)


def test_tuned_vectors_in_two_processes(tmp_path: Path) -> None:
    words = (*FAST, "batch_size=33", "trainer.max_epochs=2", "embedding.finetune=true", "trainer.limit_train_batches=8")
    for optimizer in ("adagrad", "adam"):
        for name, more in (("one", ()), ("two", ("trainer=ddp",))):
            called = command(tmp_path / optimizer / name, *words, f"optimizer={optimizer}", *more)
            subprocess.run(called, cwd=tmp_path, env=environment(), capture_output=True, check=True)
        (one,), (two,) = runs(tmp_path / optimizer / "one"), runs(tmp_path / optimizer / "two")
        assert two.data.metrics["train/loss"] == pytest.approx(one.data.metrics["train/loss"], rel=1e-3)
        weights = [
            torch.load(artifacts(tmp_path / optimizer / name, run) / "checkpoints/best.ckpt", weights_only=True)
            for name, run in (("one", one), ("two", two))
        ]
        vectors = [each["state_dict"]["network.encoder.words.vectors"] for each in weights]
        torch.testing.assert_close(*vectors, atol=1e-3, rtol=1e-3)


def test_vectors_of_ones_own_name_the_run(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    data = make_data(tmp_path / "data")
    own = (data / "embeddings" / "biomed50.bin").rename(tmp_path / "mine.bin")
    words = ("embedding=biomed50", f"embedding.file={own}")
    train(sample_config(*words), words)
    (run,) = runs(tmp_path / "mlruns")
    assert run.info.run_name == "sample-blstm-mine-frozen-attention_hidden-crf-s1"
    assert run.data.tags["variant.embedding"] == "mine"
    assert "on mine vectors" in run.data.tags["mlflow.note.content"]


def test_one_batch_is_learnt_by_heart(sample_config: Callable[..., DictConfig]) -> None:
    words = ("debug=overfit", "trainer.max_epochs=60", "model.hidden_size=50", "model.feature_size=50")
    assert train(sample_config(*words)) > 0.95


def test_a_profile(tmp_path: Path) -> None:
    words = (*FAST, "debug=profile", "trainer.limit_train_batches=3")
    done = subprocess.run(
        command(tmp_path, *words), cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert "run_training_batch" in done.stdout
    (run,) = runs(tmp_path)
    assert (artifacts(tmp_path, run) / "profile.txt").read_text() in done.stdout
    experiment = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db").get_experiment(run.info.experiment_id)
    assert experiment.name == "bner-debug"


def test_dropped_duplicates_are_tagged(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    data = make_data(tmp_path / "data")
    test = data / "corpora/bc2gm/test"
    write(test / "test.in", [GM_TEXTS[0], "S9 Nothing else is known."])  # S1 is in the training part as well
    write(test / "GENE.eval", ["S1|3 5|p53"])
    words = ("corpus=gm", "embedding=random50", f"paths.data={data}", "corpus.split_seed=3")
    train(sample_config(*words))
    train(sample_config(*words, "corpus.drop_duplicates=true"))
    dropped, whole = runs(tmp_path / "mlruns")  # the latest first
    assert dropped.data.tags["corpus.dropped_sentences"] == "1"
    assert dropped.data.tags["corpus.dropped_mentions"] == "2"
    assert "corpus.dropped_sentences" not in whole.data.tags
    assert dropped.data.tags["variant.key"] != whole.data.tags["variant.key"]


def test_runs_that_python_starts_share_no_name_with_other_settings(
    tmp_path: Path, sample_config: Callable[..., DictConfig]
) -> None:
    for words in ((), ("trainer.max_epochs=2",), ()):  # in the configuration alone, as from Python
        train(sample_config(*words))
    third, second, first = runs(tmp_path / "mlruns")  # the latest first
    names = [run.info.run_name for run in (first, second, third)]
    assert names[0] == "sample-blstm-random50-frozen-attention_hidden-crf-s1"
    assert names[1] == f"{names[0]}-{second.data.tags['settings.sha256'][:6]}"
    assert first.data.tags["settings.sha256"] == third.data.tags["settings.sha256"]
    assert names[1] not in (names[0], names[2])
    settings = {name: run.data.tags["settings.sha256"] for name, run in zip(names, (first, second, third), strict=True)}
    assert len(set(settings.values())) == len(settings)
