"""Train and score a run: fit from the beginning or the last checkpoint, then score the best epoch, once, on test."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback

from bner.config.schema import Settings
from bner.experiments.build import BEST, LAST, RunData, build_trainer, device
from bner.inference.predictor import Predictor
from bner.scoring.final import final_scores
from bner.tracking.checkpoints import log_checkpoint
from bner.tracking.learning_curve import save_learning_curve
from bner.tracking.logger import RunLogger
from bner.tracking.predictions import log_predictions
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
    trainer, _ = build_trainer(settings, RunLogger(run), folder, callbacks)
    trainer.fit(module, data, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    if settings.trainer.profiler:
        profile = trainer.profiler.summary()  # type: ignore[attr-defined]
        print(profile)
        run.log_text(profile, "profile.txt")


def score(settings: Settings, run: TrackedRun, data: RunData, module: TaggerModule) -> float:
    """Log the epoch with the best dev F1: its weights, and where the settings want it, its scores on the test part.

    Returns:
        The dev F1, as a fraction.
    """
    best, dev_f1 = run.store.folder / run.id / BEST, best_dev_f1(run.store.folder / run.id / LAST)
    print(f"dev F1 {dev_f1:.4f} (best epoch)", flush=True)
    tested = {}
    if settings.trainer.score_test:
        module.load_weights(best)
        tested = _score_test(settings, run, data, module)
    run.log_metrics({"dev/best_f1": dev_f1, **tested})
    with tempfile.TemporaryDirectory() as name:
        curve = Path(name) / "learning_curve.png"
        save_learning_curve(run, curve)
        run.log_file(curve, "figures")
    log_checkpoint(run, best)
    return dev_f1


def _score_test(settings: Settings, run: TrackedRun, data: RunData, module: TaggerModule) -> dict[str, float]:
    """Tag the test part, log predictions and tables, and return the scores as metrics."""
    corpus = data.corpus
    network = module.network.to(device(settings)).eval()
    predictor = Predictor(network, module.vocabulary)
    predicted = list(predictor.predict(sentence.tokens for sentence in corpus.test))
    scores = final_scores(corpus, predicted)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log_predictions(run, corpus.write_predictions(folder, predicted))
        scores.write_table(folder / "per_type.csv")
        scores.write_by_sentence(folder / "by_sentence.csv")
        for table in ("per_type.csv", "by_sentence.csv"):
            run.log_file(folder / table, "tables")
    print(f"test strict   {scores.strict.total}")
    print(f"test official {scores.official.total}", flush=True)
    return scores.metrics()


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
