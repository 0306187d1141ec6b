"""`bner lm` as a user starts it, and a tagger that reads with the models that it writes."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from omegaconf import DictConfig

from bner.analysis.features import features
from bner.context.folder import CARD, read_card
from bner.corpora.known_sentences import letters
from bner.corpora.sentence import Sentence
from bner.errors import BnerError
from bner.experiments.run import train
from bner.pretraining import language_model
from bner.pretraining.language_model import Computing, train_language_model
from bner.pretraining.lm_training import LMOptions, LMProgress, LMTraining
from bner.pretraining.runs import TrackingOptions
from bner.pretraining.text import TextOptions
from bner.report.trained_network import run_settings, trained_network
from tests.conftest import configured, make_data, write_word2vec
from tests.context.lm_folders import write_folder
from tests.system.test_runs import environment, runs

EACH = [
    LMOptions(direction, hidden_size=8, epochs=2, batch_tokens=200, negatives=32, min_count=2, held_out=5)
    for direction in ("forward", "backward")
]
LEAK = "Look here. The P53 protein binds IL2 receptor alpha. So it is."


@pytest.fixture
def text(tmp_path: Path) -> Path:
    lines = [f"The {('p53', 'IL-2')[n % 2]} protein of gene {n % 11} binds {n}. It is in T cells." for n in range(120)]
    (tmp_path / "text.txt").write_text("\n".join([*lines, LEAK]) + "\n")
    return tmp_path / "text.txt"


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    words = ("the", "p53", "protein", "binds", "NUM", ".", "il", "-", "il-2", "cells", "gene")
    return write_word2vec(tmp_path / "v.bin", {word: rng.normal(size=6) for word in words})


def options(text: Path, data: Path, *corpora: str) -> TextOptions:
    return TextOptions((text,), ("gm", "genia"), corpora, 1, data, "forms")


def store(tmp_path: Path) -> TrackingOptions:
    return TrackingOptions(f"sqlite:///{tmp_path}/mlruns/mlflow.db", "lm", system_metrics=False)


@pytest.mark.slow
def test_from_the_command_line_to_a_tagger(
    text: Path, vectors: Path, tmp_path: Path, sample_config: Callable[..., DictConfig]
) -> None:
    make_data(tmp_path / "data")
    command = [
        str(Path(sys.executable).parent / "bner"), "lm", "text.txt", "--vectors", "v.bin", "--out", "small",
        "--hidden", "8", "--epochs", "2", "--batch-tokens", "200", "--negatives", "32", "--min-count", "2",
        "--held-out", "5", "--threads", "1", "--corpus", "gm", "--data", "data", "--work", "work",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "v.bin", "data", "small", "work", "mlruns"}
    assert "sentences that are in the test part of gm or jnlpba" in done.stdout
    assert "python train.py context=lm context.folder=small" in done.stdout
    kept = "\n".join(path.read_text() for path in (tmp_path / "work").rglob("shard-*.txt"))
    assert letters("binds IL-2 receptor alpha") not in letters(kept)
    assert "So it is ." in kept
    # each sentence in one of the two views, as it is written
    assert 0 < kept.count("IL - 2 protein") < 60
    assert kept.count("IL - 2 protein") + kept.count("IL-2 protein") == 60

    folder = tmp_path / "small"
    card = read_card(folder)
    assert set(card.trained) == {"forward", "backward"}
    found = {run.info.run_name: run for run in runs(tmp_path / "mlruns")}
    assert set(found) == {"small-forward", "small-backward"}
    for run in found.values():
        assert run.info.status == "FINISHED"
        assert run.data.metrics["text/dropped"] > 1
        assert run.data.metrics["heldout/perplexity"] > 1
        assert run.data.metrics["train/tokens_per_second"] > 0
        assert run.data.params["hidden_size"] == "8"
    again = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "has a forward model already" in again.stderr

    words = ["context=lm", f"context.folder={folder}", "trainer.limit_train_batches=10"]
    config = sample_config(*words, f"paths.mlruns={tmp_path}/tagger")
    assert 0 <= train(config, words) <= 1
    (run,) = runs(tmp_path / "tagger")
    assert run.info.run_name == "sample-blstm-random50-frozen-attention_hidden-crf-s1-small-limit_train_batches=10"
    tags = run.data.tags
    assert tags["variant.context"] == "small"
    assert len(tags["context.sha256"]) == 64
    assert "context=lm" in tags["command"]
    # The network rebuilt from the run reads with the language model too; another one is refused.
    uri = f"sqlite:///{tmp_path}/tagger/mlflow.db"
    sentence = Sentence("1", ("The", "p53", "protein", "binds", "."))
    network, vocabulary = trained_network(uri, run.info.run_id, run_settings(uri, run.info.run_id), [sentence])
    assert not [name for name in network.state_dict() if "layers" in name]  # no weights of the language model
    assert len(features(network, vocabulary, [sentence], with_gold=False)) == 5
    (folder / CARD).write_text(json.dumps(json.loads((folder / CARD).read_text())))
    with pytest.raises(BnerError, match="was trained with a language model of SHA-256"):
        trained_network(uri, run.info.run_id, run_settings(uri, run.info.run_id), [sentence])


def test_an_interrupted_command_is_resumed(
    text: Path, vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, one = options(text, tmp_path / "none"), Computing(1)
    train_language_model(chosen, vectors, EACH, tmp_path / "whole", None, store(tmp_path), one)
    train_it = LMTraining.train

    def interrupted(self: LMTraining, after: Callable[[LMProgress], None]) -> None:
        def stop(progress: LMProgress) -> None:
            after(progress)
            if progress.step == self.steps // 2 and self.options.direction == "backward":
                raise KeyboardInterrupt

        train_it(self, stop)

    monkeypatch.setattr(language_model, "_CHECKPOINT_EVERY", 0.0)
    monkeypatch.setattr(language_model, "_EVALUATE_EVERY", 0.0)
    monkeypatch.setattr(LMTraining, "train", interrupted)
    with pytest.raises(SystemExit, match="130"):
        train_language_model(chosen, vectors, EACH, tmp_path / "lm", None, store(tmp_path), one)
    status = {run.info.run_name: run.info.status for run in runs(tmp_path / "mlruns")}
    assert status["lm-backward"] == "KILLED"
    assert set(read_card(tmp_path / "lm").trained) == {"forward"}
    with pytest.raises(BnerError, match="has a forward model already"):
        train_language_model(chosen, vectors, EACH[:1], tmp_path / "lm", None, store(tmp_path), one)

    monkeypatch.setattr(LMTraining, "train", train_it)
    train_language_model(chosen, vectors, EACH, tmp_path / "lm", None, store(tmp_path), one)
    assert read_card(tmp_path / "lm").files == read_card(tmp_path / "whole").files  # the same weights
    assert {run.info.status for run in runs(tmp_path / "mlruns")} == {"FINISHED"}
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "v.bin", "mlruns", "lm", "whole"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"paths": (Path("nosuch"),)}, "nosuch does not exist"),
        ({"views": ("words",)}, "there is no view 'words'"),
        ({"corpora": ("gm",)}, "corpus gm is missing"),
    ],
)
def test_wrong_text(text: Path, vectors: Path, tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    chosen = dataclasses.replace(options(text, tmp_path / "none"), **changes)  # type: ignore[arg-type]
    with pytest.raises(BnerError, match=sentence):
        train_language_model(chosen, vectors, EACH, tmp_path / "lm", None, store(tmp_path), Computing(1))


def test_missing_vectors(text: Path, tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=r"no\.bin does not exist: name a file of word vectors with --vectors"):
        train_language_model(
            options(text, tmp_path), tmp_path / "no.bin", EACH, tmp_path / "lm", None, store(tmp_path), Computing(1)
        )


def test_a_missing_or_foreign_folder_is_one_sentence(tmp_path: Path) -> None:
    for folder, sentence in (
        (tmp_path / "no", "does not exist; train one with `bner lm"),
        (tmp_path, "has no language"),
    ):
        config = configured(
            "corpus=sample",
            "embedding=random50",
            "context=lm",
            f"context.folder={folder}",
            f"paths.mlruns={tmp_path}/m",
        )
        with pytest.raises(BnerError, match=sentence):
            train(config)
    assert not (tmp_path / "m").exists()
    one = write_folder(tmp_path / "one", ("forward",))
    with pytest.raises(BnerError, match="has no backward model: train it with"):
        train(configured("corpus=sample", "embedding=random50", "context=lm", f"context.folder={one}"))
