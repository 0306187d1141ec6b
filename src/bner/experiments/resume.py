"""Resume a run: its own configuration, with the overrides that do not change what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bner.config.components import TARGET
from bner.config.identity import is_ignored
from bner.config.schema import COMPONENTS
from bner.config.stored import move_data, with_later_components
from bner.errors import BnerError
from bner.tracking.lookup import stored_config
from bner.tracking.runs import TrackedRun

_MAY_GROW = ("trainer.max_epochs",)  # may change, although it counts for a run's identity


def resumed_config(run: TrackedRun, config: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Return the configuration that a run was begun with, with the overrides that a resumed run may have.

    Args:
        run: the run to resume.
        config: the configuration as the command line composes it.
        overrides: the words of the command line.

    Raises:
        BnerError: an override that would change what the run computes, or a component outside bner in the stored
            configuration that the command line does not name as well.
    """
    stored = OmegaConf.create(stored_config(run))
    assert isinstance(stored, DictConfig)
    stored = with_later_components(stored)
    _check_components(run, stored, config)
    # What the stored configuration does not have, since it is older, is as the command line has it.
    merged = OmegaConf.merge({key: value for key, value in config.items() if key not in COMPONENTS}, stored)
    assert isinstance(merged, DictConfig)
    merged.resume = config.resume
    merged.tracking.uri = config.tracking.uri  # stored without its password
    allowed = [*config.identity.ignored, *_MAY_GROW]
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if not is_ignored(key, allowed):
            if _value(merged, key) == _value(config, key):
                continue
            raise BnerError(f"a resumed run keeps its configuration: leave out {override}.")
        if key == "paths.data":
            move_data(merged, merged.paths.data, config.paths.data)
        if not key.startswith("hydra"):
            OmegaConf.update(merged, key, OmegaConf.select(config, key))
    return merged


def check_tags(run: TrackedRun, expected: Mapping[str, str]) -> None:
    """Compare the hashes of what was read with those that the run was begun with.

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


def _check_components(run: TrackedRun, stored: DictConfig, config: DictConfig) -> None:
    """Refuse classes that only the store names: what is imported is named by the command line."""
    for name in COMPONENTS:
        target = OmegaConf.select(stored, f"{name}.{TARGET}")
        if target is None:
            raise BnerError(f"run {run.id} was begun by an older bner, which knew no {name}.{TARGET}: begin a new run.")
        if not str(target).startswith("bner.") and target != config[name].get(TARGET):
            raise BnerError(
                f"run {run.id} has {name}.{TARGET} {target}, a class of your own: name it again, as in {name}="
                f"{OmegaConf.select(stored, f'{name}.name')}."
            )


def _value(config: DictConfig, key: str) -> Any:
    """Return the value of a setting, or of a whole section as plain values."""
    try:
        found = OmegaConf.select(config, key)
        return OmegaConf.to_container(found, resolve=True) if OmegaConf.is_config(found) else found
    except OmegaConfBaseException:
        return None
