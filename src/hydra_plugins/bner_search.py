"""The sweeper `hydra/sweeper=search`, in the one package in which Hydra finds plugins; it imports little until used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class SearchSweeper(Sweeper):
    """Search settings by dev F1; see `bner.experiments.search`, which reads the settings from the configuration."""

    def __init__(self, **settings: Any) -> None:
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher of the trials."""
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: Sequence[str]) -> None:
        """Carry out the search."""
        from bner.experiments.search import search  # imports Optuna

        assert self.config is not None
        assert self.launcher is not None
        search(self.config, list(arguments), self.launcher)
