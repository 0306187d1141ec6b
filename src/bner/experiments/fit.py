"""Train and score a run: fit from the beginning or the last checkpoint, then score the best epoch, once, on test."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback

from bner.config.schema import Settings
from bner.experiments.build import BEST, LAST, build_trainer, device, read_context
from bner.experiments.data import RunData
from bner.experiments.record import log_scores, print_scores
from bner.inference.predictor import Predictor
from bner.tracking.checkpoints import log_checkpoint
from bner.tracking.learning_curve import save_learning_curve
from bner.tracking.logger import RunLogger
from bner.tracking.runs import TrackedRun
from bner.training.checkpoints import read_checkpoint
from bner.training.data_module import TaggingData
from bner.training.lightning_module import TaggerModule


def fit(
    settings: Settings,
    run: TrackedRun,
    data: TaggingData,
    module: TaggerModule,
    callbacks: Sequence[Callback] = (),
) -> None:
    """Train from the beginning, or from the end of the last epoch that was trained.

    Args:
        settings: the configuration.
        run: that the metrics are logged in.
        data: the sentences.
        module: to be trained.
        callbacks: beside those of every run.

    Raises:
        KeyboardInterrupt: training was interrupted.
    """
    folder = run.store.folder / run.id
    last = folder / LAST
    if last.is_file() and is_trained(last, settings):
        return
    read_context(settings, data, module)
    trainer, _ = build_trainer(settings, RunLogger(run), folder, callbacks)
    trainer.fit(module, data, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    if settings.trainer.profiler:
        profile = trainer.profiler.summary()  # type: ignore[attr-defined]
        print(profile)
        run.log_text(profile, "profile.txt")


def score(settings: Settings, run: TrackedRun, data: RunData, module: TaggerModule) -> float:
    """Log the epoch with the best dev F1: its weights, and where the settings want it, what it predicts on test.

    Returns:
        The dev F1, as a fraction.
    """
    best, dev_f1 = run.store.folder / run.id / BEST, best_dev_f1(run.store.folder / run.id / LAST)
    scores = None
    if settings.trainer.score_test:
        module.load_weights(best)
        network = module.network.to(device(settings)).eval()
        predictor = Predictor(network, module.vocabulary)
        predicted = list(predictor.predict(sentence.tokens for sentence in data.corpus.test))
        scores = log_scores(run, data.corpus, dev_f1, predicted)
    else:
        run.log_metrics({"dev/best_f1": dev_f1})
    with tempfile.TemporaryDirectory() as folder:
        curve = Path(folder) / "learning_curve.png"
        save_learning_curve(run, curve)
        run.log_file(curve, "figures")
    log_checkpoint(run, best)
    print_scores("best epoch", dev_f1, scores)
    return dev_f1


def is_trained(checkpoint: Path, settings: Settings) -> bool:
    """Return whether the run that wrote this checkpoint has no epoch left to train, and only its test score is missing.

    Lightning itself would train one more epoch after early stopping.
    """
    state = read_checkpoint(checkpoint)
    waited = [kept["wait_count"] for kept in _callbacks(state) if "wait_count" in kept]
    return int(state["epoch"]) + 1 >= settings.trainer.max_epochs or max(waited) >= settings.trainer.patience


def best_dev_f1(checkpoint: Path) -> float:
    """Return the dev F1 of the best epoch so far, as the checkpoint has it."""
    kept = _callbacks(read_checkpoint(checkpoint))
    return float(next(each["best_model_score"] for each in kept if each.get("monitor") == "dev/f1"))


def _callbacks(state: dict[str, Any]) -> list[dict[str, Any]]:
    return list(state["callbacks"].values())
