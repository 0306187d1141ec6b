"""The callback that reports the dev F1 to a study and stops a trial."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from bner.training.pruning import Pruning


class Recorded:
    """A trial that is pruned once it falls below 0.5."""

    def __init__(self) -> None:
        self.values: dict[int, float] = {}

    def report(self, value: float, step: int) -> None:
        assert step not in self.values
        self.values[step] = value

    def should_prune(self) -> bool:
        return self.values[max(self.values)] < 0.5


def follow(pruning: Pruning, values: list[float], first: int = 0, should_stop: bool = False) -> Any:
    """Train epochs with these dev scores until the callback stops the training."""
    trainer = SimpleNamespace(max_epochs=5, should_stop=should_stop)
    for epoch, value in enumerate(values, first):
        trainer.current_epoch, trainer.callback_metrics = epoch, {"dev/f1": torch.tensor(value)}
        pruning.on_train_epoch_end(trainer, None)  # type: ignore[arg-type]
        if trainer.should_stop:
            break
    return trainer


def test_a_trial_that_falls_behind_is_stopped() -> None:
    trial = Recorded()
    pruning = Pruning(trial, 0)
    assert follow(pruning, [0.75, 0.625, 0.25, 0.5]).should_stop
    assert pruning.pruned
    assert trial.values == {0: 0.75, 1: 0.625, 2: 0.25}


def test_the_last_epoch_is_not_pruned() -> None:
    for values, stopped in (([0.75] * 4 + [0.25], False), ([0.25], True)):  # the second by early stopping
        pruning = Pruning(trial := Recorded(), 0)
        follow(pruning, values, should_stop=stopped)
        assert not pruning.pruned
        assert len(trial.values) == len(values)


def test_a_resumed_trial_reports_each_epoch_once() -> None:
    trial = Recorded()
    follow(Pruning(trial, 0), [0.75, 0.625])
    follow(Pruning(trial, 2), [0.625, 0.75], first=1)  # the second epoch is trained again
    assert trial.values == {0: 0.75, 1: 0.625, 2: 0.75}
