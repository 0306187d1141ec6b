"""Callbacks that measure the speed of training and show its progress."""

from __future__ import annotations

import logging
import shutil
import sys
import time
import warnings
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import RichProgressBar
from pytorch_lightning.callbacks.progress.rich_progress import BatchesProcessedColumn, CustomBarColumn
from rich.progress import ProgressColumn, TextColumn, TimeRemainingColumn

_SHOW_EVERY = 20  # batches
_OTHER_COLUMNS = 72  # characters of a progress line beside its bar
_SHORTEST_BAR, _LONGEST_BAR = 6, 40


class Throughput(Callback):
    """Log tokens per second and the seconds of each training epoch, without validation."""

    def __init__(self) -> None:
        self.began = 0.0
        self.tokens = 0

    def on_train_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Start the clock."""
        self.began = time.perf_counter()
        self.tokens = 0

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Count the tokens, and show loss and speed every 20 batches."""
        self.tokens += batch.num_tokens
        # Reading the loss waits for the GPU: not in every step, and never where no bar shows it.
        if index % _SHOW_EVERY == 0 and trainer.progress_bar_callback:
            trainer.progress_bar_metrics["loss"] = float(outputs["loss"])
            trainer.progress_bar_metrics["tokens/s"] = self.tokens / (time.perf_counter() - self.began)

    def on_validation_epoch_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Log the speed of the epoch that has just been trained."""
        if trainer.sanity_checking or not self.tokens:
            return
        seconds = time.perf_counter() - self.began
        speed = self.tokens / seconds
        module.log("tokens/s", speed, prog_bar=True, logger=False, sync_dist=True, reduce_fx="sum")
        module.log("train/tokens_per_second", speed, sync_dist=True, reduce_fx="sum")  # of all processes together
        module.log("train/seconds", seconds, sync_dist=True)


class EpochBar(RichProgressBar):
    """Show a progress bar with loss, dev F1 and speed on one line of a terminal of 80 columns or more."""

    def __init__(self) -> None:
        super().__init__(leave=True)

    def configure_columns(self, trainer: Trainer) -> list[ProgressColumn]:
        """Return the columns left of the metrics; the bar takes what the terminal leaves."""
        width = shutil.get_terminal_size().columns - _OTHER_COLUMNS
        bar = CustomBarColumn(
            bar_width=min(max(width, _SHORTEST_BAR), _LONGEST_BAR),
            complete_style=self.theme.progress_bar,
            finished_style=self.theme.progress_bar_finished,
            pulse_style=self.theme.progress_bar_pulse,
        )
        return [
            TextColumn("{task.description}"),
            bar,
            BatchesProcessedColumn(style=self.theme.batch_progress),
            TimeRemainingColumn(elapsed_when_finished=True),
        ]

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """Return loss, dev F1 and speed in short forms."""
        found = super().get_metrics(trainer, pl_module)
        formats = {
            "loss": ("loss", "{:.3f}", 1),
            "dev/f1": ("dev F1", "{:.4f}", 1),
            "tokens/s": ("tokens/s", "{:.0f}k", 1000),
        }
        return {
            name: form.format(float(str(found[key])) / unit)
            for key, (name, form, unit) in formats.items()
            if key in found
        }

    def _get_train_description(self, current_epoch: int) -> str:
        """Count epochs from 1, as the lines without a terminal do."""
        return f"epoch {current_epoch + 1}/{self.trainer.max_epochs}"


class EpochLines(Callback):
    """Print one line an epoch, where standard output is no terminal."""

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Print the epoch's loss, dev F1 and speed."""
        seen = trainer.callback_metrics
        print(
            f"epoch {trainer.current_epoch + 1}: loss {float(seen['train/loss']):.4f}, "
            f"dev F1 {float(seen['dev/f1']):.4f}, {float(seen['train/tokens_per_second']):.0f} tokens/s",
            flush=True,
        )


def quiet() -> None:
    """Silence Lightning's notes on hardware and warnings that do not apply; other warnings are shown."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval")
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")  # of a resumed run
    warnings.filterwarnings("ignore", message="The `srun` command is available")
    warnings.filterwarnings("ignore", message="Sparse invariant checks are implicitly disabled")


def progress(wanted: bool) -> list[Callback]:
    """Return the callbacks that show progress: a bar in a terminal, lines elsewhere, none where it is not wanted."""
    if not wanted:
        return []
    return [EpochBar()] if sys.stdout.isatty() else [EpochLines()]
