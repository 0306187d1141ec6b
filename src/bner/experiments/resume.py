"""Going on with a run: its own configuration, with what may change on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omegaconf import DictConfig, OmegaConf

from bner.errors import BnerError
from bner.tracking.lookup import stored_config
from bner.tracking.runs import TrackedRun

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
    # What the run does not say, since its configuration is older, is as the command line has it.
    stored = OmegaConf.merge(config, OmegaConf.create(stored_config(run)))
    assert isinstance(stored, DictConfig)
    stored.resume = config.resume
    stored.tracking.uri = config.tracking.uri  # stored without its password
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if not key.startswith(_MAY_CHANGE):
            raise BnerError(f"a resumed run keeps its configuration: leave out {override}.")
        if key == "paths.data":
            _move_data(stored, stored.paths.data, config.paths.data)
        if not key.startswith("hydra"):
            OmegaConf.update(stored, key, OmegaConf.select(config, key))
    return stored


def check_tags(run: TrackedRun, expected: Mapping[str, str]) -> None:
    """Compares the hashes of what was read with those that the run was begun with.

    Raises:
        BnerError: one differs.
    """
    tags = run.tags()
    for key, value in expected.items():
        if tags.get(key) != value:
            raise BnerError(
                f"run {run.id} was begun with {key} {tags.get(key)} and now it is {value}: give it back the files "
                "that it was begun with."
            )


def _move_data(stored: DictConfig, before: str, now: str) -> None:
    """The stored configuration is resolved, and so names files in the data folder of then."""
    for key in ("corpus.folder", "embedding.file"):
        path = OmegaConf.select(stored, key)
        if path is not None and path.startswith(f"{before}/"):
            OmegaConf.update(stored, key, f"{now}{path.removeprefix(before)}")
