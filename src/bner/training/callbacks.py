"""What training shows and measures while it runs."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import RichProgressBar

_SHOWN_EVERY = 20  # batches


class Throughput(Callback):
    """Logs tokens a second and the seconds of each training epoch, validation not counted in."""

    def __init__(self) -> None:
        self.began = 0.0
        self.tokens = 0

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Starts the clock."""
        self.began = time.perf_counter()
        self.tokens = 0

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Counts the batch, and now and then shows its loss and the speed so far."""
        self.tokens += batch.num_tokens
        # Reading the loss waits for a GPU: not at every step, and never where there is no bar to show it.
        if index % _SHOWN_EVERY == 0 and trainer.progress_bar_callback:
            trainer.progress_bar_metrics["loss"] = float(outputs["loss"])
            trainer.progress_bar_metrics["tokens/s"] = self.tokens / (time.perf_counter() - self.began)

    def on_validation_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Logs the epoch that has just been trained."""
        if trainer.sanity_checking or not self.tokens:
            return
        seconds = time.perf_counter() - self.began
        speed = self.tokens / seconds
        module.log("tokens/s", speed, prog_bar=True, logger=False, sync_dist=True, reduce_fx="sum")
        module.log("train/tokens_per_second", speed, sync_dist=True, reduce_fx="sum")  # of all processes together
        module.log("train/seconds", seconds, sync_dist=True)


class EpochLines(Callback):
    """One line an epoch, for output that no progress bar can be drawn in."""

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Prints the epoch's loss, dev F1 and speed."""
        seen = trainer.callback_metrics
        print(
            f"epoch {trainer.current_epoch + 1}: loss {float(seen['train/loss']):.4f}, "
            f"dev F1 {float(seen['dev/f1']):.4f}, {float(seen['train/tokens_per_second']):.0f} tokens/s",
            flush=True,
        )


def quiet() -> None:
    """Keeps Lightning's notes on hardware and its advertisements out of the output; its warnings come through."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval")
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")  # of a resumed run
    warnings.filterwarnings("ignore", message="The `srun` command is available")
    warnings.filterwarnings("ignore", message="Sparse invariant checks are implicitly disabled")


def progress(wanted: bool) -> list[Callback]:
    """A rich progress bar in a terminal, lines elsewhere, nothing where it is not wanted."""
    if not wanted:
        return []
    return [RichProgressBar(leave=True)] if sys.stdout.isatty() else [EpochLines()]
