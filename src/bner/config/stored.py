"""Settings as a run has stored them: read back without Hydra, with their files looked for in another data folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from bner.config.components import TARGET, read_component
from bner.config.schema import COMPONENTS, Settings, read_settings
from bner.errors import BnerError

# Of these, conf/ says that they lie in the data, or a command line may say so.
_FILES = ("corpus.folder", "embedding.default_file", "embedding.file", "embedding.more", "context.folder")
# Components that older runs do not have, as what they did without them.
_LATER = {
    "averaging": {TARGET: "bner.training.averaging.NoAveragingConfig", "name": "none"},
    "context": {TARGET: "bner.context.none.NoContextConfig", "name": "none"},
}


def stored_settings(text: str, name: str, data: Path | None = None) -> Settings:
    """Read the settings of a run from its config.yaml.

    Args:
        text: of the file.
        name: of the run, for messages.
        data: the data folder of now; None is the one that the run had.

    Raises:
        BnerError: the text is no configuration of a run; a component is a class outside bner whose module is not
            imported, since a store does not say what is to be imported.
    """
    return read_settings(_read(text, name, COMPONENTS, data))


def read_stored_corpus(text: str, name: str, data: Path | None = None) -> Any:
    """Read the section `corpus` of a run's config.yaml, whose settings build the corpus; see `stored_settings`."""
    return read_component(_read(text, name, ("corpus",), data).corpus, "corpus")


def move_data(stored: DictConfig, before: str, now: str) -> None:
    """Point the files of a resolved configuration to another data folder."""
    for key in _FILES:
        path = OmegaConf.select(stored, key)
        if path is not None:
            several = OmegaConf.is_list(path)
            moved = [_moved(each, before, now) for each in (path if several else [path])]
            OmegaConf.update(stored, key, moved if several else moved[0])
    OmegaConf.update(stored, "paths.data", now)


def with_later_components(stored: DictConfig) -> DictConfig:
    """Return the configuration of a run with the components that bner has got since, where the run is older."""
    merged = OmegaConf.merge(_LATER, stored)
    assert isinstance(merged, DictConfig)
    return merged


def _moved(path: str, before: str, now: str) -> str:
    return f"{now}{path.removeprefix(before)}" if path.startswith(f"{before}/") else path


def _read(text: str, name: str, components: tuple[str, ...], data: Path | None) -> DictConfig:
    """Read a configuration whose components are bner's own, or of modules that have been imported."""
    try:
        stored = OmegaConf.create(text)
    except (OmegaConfBaseException, YAMLError) as error:
        raise BnerError(f"config.yaml of {name} is no YAML of a configuration: check the run.") from error
    if not isinstance(stored, DictConfig):
        raise BnerError(f"config.yaml of {name} has no sections: it is not that of a run of train.py.")
    stored = with_later_components(stored)
    for component in components:
        target = OmegaConf.select(stored, f"{component}.{TARGET}")
        if not isinstance(target, str):
            raise BnerError(f"config.yaml of {name} has no {component}.{TARGET}: check that train.py made the run.")
        if not target.startswith("bner.") and target.rpartition(".")[0] not in sys.modules:
            raise BnerError(
                f"{name} has {component}.{TARGET} {target}, a class of your own: use Python, and import its module "
                "there beforehand."
            )
    before = OmegaConf.select(stored, "paths.data")
    if data is not None and before is not None:
        move_data(stored, str(before), str(data))
    return stored
