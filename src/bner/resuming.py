"""Going on with a run: its own configuration, with what may change on the way."""

from __future__ import annotations

from collections.abc import Sequence

from omegaconf import DictConfig, OmegaConf

from bner.errors import BnerError
from bner.tracking.runs import TrackedRun, stored_config

# What says how a run is carried out, not what it computes.
_MAY_CHANGE = ("resume", "paths.", "tracking.", "trainer.max_epochs", "trainer.threads", "trainer.progress", "hydra")


def resumed_config(run: TrackedRun, config: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """The configuration that a run was begun with, with the overrides that a resumed run may have.

    Args:
        run: the run to go on with.
        config: the configuration as the command line composes it.
        overrides: the words of the command line.

    Raises:
        BnerError: an override that would change what the run computes.
    """
    stored = OmegaConf.create(stored_config(run))
    assert isinstance(stored, DictConfig)
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if not key.startswith(_MAY_CHANGE):
            raise BnerError(f"a resumed run keeps its configuration: leave out {override}.")
        if not key.startswith("hydra"):
            OmegaConf.update(stored, key, OmegaConf.select(config, key))
    return stored
