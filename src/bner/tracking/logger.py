"""A Lightning logger that writes metrics into a tracked run."""

from __future__ import annotations

from typing import Any

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from bner.tracking.runs import TrackedRun


class RunLogger(Logger):
    """Log Lightning's metrics into a run.

    Lightning's own MLFlowLogger ends training where the store does not answer.
    """

    def __init__(self, run: TrackedRun) -> None:
        super().__init__()
        self.run = run

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @property
    def version(self) -> str:
        """The run's identifier."""
        return self.run.id

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Log the metrics of a step, sorted by name: the run's page lists them in the order of their arrival."""
        self.run.log_metrics({name: metrics[name] for name in sorted(metrics)}, step or 0)

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the run's parameters are logged when it is created."""
