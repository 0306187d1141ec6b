"""A callback that stops a trial of a search whose dev F1 falls behind that of other trials."""

from __future__ import annotations

from typing import Protocol

from pytorch_lightning import Callback, LightningModule, Trainer


class PrunedTrial(Protocol):
    """A trial of a study, as Optuna has it."""

    def report(self, value: float, step: int) -> None:
        """Store the value after a step."""

    def should_prune(self) -> bool:
        """Return whether the values so far are worse than those of other trials."""


class Pruning(Callback):
    """Report the dev F1 after each epoch to a study, and stop training where the study says so.

    Attributes:
        pruned: whether the trial was stopped.
    """

    def __init__(self, trial: PrunedTrial, reported: int) -> None:
        """Follow a trial.

        Args:
            trial: of the study.
            reported: epochs that were reported before the run was interrupted.
        """
        self.trial = trial
        self.reported = reported
        self.pruned = False

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Report the epoch, and stop where it is not the last one and the study prunes the trial."""
        epoch = trainer.current_epoch  # from 0, as studies count steps
        if epoch >= self.reported:  # an epoch that is trained again was cut off after its report
            self.trial.report(float(trainer.callback_metrics["dev/f1"]), epoch)
        ends = trainer.should_stop or epoch + 1 >= (trainer.max_epochs or 0)
        if not ends and self.trial.should_prune():
            self.pruned = True
            trainer.should_stop = True
