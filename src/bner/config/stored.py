"""Settings as a run has stored them: read back without Hydra, with their files looked for in another data folder."""

from __future__ import annotations

from omegaconf import DictConfig, OmegaConf

from bner.config.components import TARGET
from bner.config.schema import COMPONENTS, Settings, read_settings
from bner.errors import BnerError

_FILES = ("corpus.folder", "embedding.default_file", "embedding.file")


def stored_settings(text: str, name: str, data: str | None = None) -> Settings:
    """Read the settings of a run from its config.yaml.

    Args:
        text: of the file.
        name: of the run, for messages.
        data: the data folder of now; None is the one that the run had.

    Raises:
        BnerError: the text is no configuration of a run; a component is a class outside bner, since what is imported is
            named by a command line and never by a store.
    """
    stored = OmegaConf.create(text)
    if not isinstance(stored, DictConfig):
        raise BnerError(f"the configuration of {name} has no sections: it is not that of a run of train.py.")
    for component in COMPONENTS:
        target = OmegaConf.select(stored, f"{component}.{TARGET}")
        if not str(target).startswith("bner."):
            raise BnerError(
                f"{name} has {component}.{TARGET} {target}: only runs whose components are bner's own can be read back."
            )
    if data is not None:
        move_data(stored, str(stored.paths.data), data)
    return read_settings(stored)


def move_data(stored: DictConfig, before: str, now: str) -> None:
    """Point the files of a resolved configuration to another data folder."""
    for key in _FILES:
        path = OmegaConf.select(stored, key)
        if path is not None and path.startswith(f"{before}/"):
            OmegaConf.update(stored, key, f"{now}{path.removeprefix(before)}")
    OmegaConf.update(stored, "paths.data", now)
