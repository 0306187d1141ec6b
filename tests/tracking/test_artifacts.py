"""What a run's page shows: datasets, the beginning of the predictions, the checkpoint among the logged models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bner.tracking.checkpoints import log_checkpoint
from bner.tracking.datasets import log_dataset
from bner.tracking.learning_curve import learning_curve, save_learning_curve
from bner.tracking.logger import RunLogger
from bner.tracking.lookup import begin_run
from bner.tracking.predictions import log_predictions
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.store import tracking_uri
from tests.conftest import write


@pytest.fixture
def run(tmp_path: Path) -> TrackedRun:
    store = RunStore(tracking_uri(None, tmp_path), "bner", tmp_path / "checkpoints")
    return begin_run(store, "gm-blstm-s1-lr=0.01", {}, {})


def artifact(run: TrackedRun, path: str) -> str:
    return (Path(str(run.info.artifact_uri).removeprefix("file://")) / path).read_text()


def test_datasets(run: TrackedRun) -> None:
    for _ in range(2):  # as a resumed run does
        for context in ("train", "dev"):
            log_dataset(run, f"gm {context}", context * 20, context, "/data/gm", {"sentences": 3, "tokens": 9})
    inputs = run.client.get_run(run.id).inputs.dataset_inputs
    found = {each.tags[0].value: each.dataset for each in inputs}
    assert len(inputs) == 2
    assert found["dev"].name == "gm dev"
    assert found["dev"].digest == "devdevdevdev"
    assert json.loads(found["train"].source) == {"uri": "/data/gm"}
    assert json.loads(found["train"].profile) == {"sentences": 3, "tokens": 9}


def test_predictions_can_be_looked_at(run: TrackedRun, tmp_path: Path) -> None:
    log_predictions(run, write(tmp_path / "test.eval", ["S1|0 2|p53"]))
    assert artifact(run, "predictions/test.eval") == "S1|0 2|p53\n"
    assert artifact(run, "predictions/preview.txt") == "test.eval:\n\nS1|0 2|p53\n"
    log_predictions(run, write(tmp_path / "test.iob2", [f"w{number}\tO" for number in range(501)]))
    lines = artifact(run, "predictions/preview.txt").splitlines()
    assert lines[0] == "test.iob2, the first 500 lines:"
    assert len(lines) == 502


def test_a_checkpoint_is_an_artifact_and_a_logged_model(run: TrackedRun, tmp_path: Path) -> None:
    path = write(tmp_path / "best.ckpt", ["weights"])
    for _ in range(2):
        log_checkpoint(run, path)
    assert artifact(run, "checkpoints/best.ckpt") == "weights\n"
    (output,) = run.client.get_run(run.id).outputs.model_outputs
    model = run.client.get_logged_model(output.model_id)
    assert model.name == "gm-blstm-s1-lr=0_01"
    assert model.status == "READY"
    assert model.source_run_id == run.id
    assert model.tags["checkpoint"] == f"runs:/{run.id}/checkpoints/best.ckpt"


def test_the_curve_marks_the_best_epoch_and_names_the_loss() -> None:
    histories = {
        "train/loss": [3.0, 2.0, 1.0, 0.5], "dev/f1": [0.1, 0.7, 0.7, 0.6], "dev/precision": [0.2] * 4,
        "dev/recall": [0.3] * 4,
    }  # fmt: skip
    figure = learning_curve("title", histories)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "training loss", "dev F1", "dev precision", "dev recall", "best epoch 2: dev F1 0.7000",
    ]  # fmt: skip
    _, right = figure.axes
    assert [list(line.get_xdata()) for line in right.lines if line.get_linestyle() == ":"] == [[2, 2]]


def test_the_curve_of_a_run_without_epochs(run: TrackedRun, tmp_path: Path) -> None:
    save_learning_curve(run, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_metrics_arrive_sorted(run: TrackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(run, "log_metrics", lambda metrics, step: sent.extend(metrics))
    RunLogger(run).log_metrics({"train/loss": 1.0, "dev/f1": 0.5, "epoch": 1.0}, 3)
    assert sent == ["dev/f1", "epoch", "train/loss"]
