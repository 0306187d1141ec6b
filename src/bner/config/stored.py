"""The corpus of a run, from the configuration that the run keeps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from bner.config.components import TARGET, read_component
from bner.errors import BnerError

_FILES = ("corpus.folder", "embedding.default_file", "embedding.file")  # of which conf/ says that they lie in the data


def read_stored_corpus(text: str, data: Path | None = None) -> Any:
    """Read the section `corpus` of a run's config.yaml into its settings, which build the corpus.

    Args:
        text: the file.
        data: a data folder to use instead of the one that the run used.

    Raises:
        BnerError: the text is no configuration of a run, or its corpus is of a class outside bner whose module is not
            imported: a store does not say what is to be imported.
    """
    try:
        stored = OmegaConf.create(text)
        target = OmegaConf.select(stored, f"corpus.{TARGET}") if isinstance(stored, DictConfig) else None
    except (OmegaConfBaseException, YAMLError) as error:
        raise BnerError("config.yaml is no YAML of a configuration: check the run.") from error
    if not isinstance(stored, DictConfig) or not isinstance(target, str):
        raise BnerError(f"config.yaml has no corpus.{TARGET}: check that the run is one of train.py.")
    if not target.startswith("bner.") and target.rpartition(".")[0] not in sys.modules:
        raise BnerError(
            f"its corpus.{TARGET} is {target}, a class of your own: use Python, and import its module there beforehand."
        )
    before = OmegaConf.select(stored, "paths.data")
    if data is not None and before is not None:
        move_data(stored, before, str(data))
    return read_component(stored.corpus, "corpus")


def move_data(stored: DictConfig, before: str, now: str) -> None:
    """Point the files of a resolved configuration to another data folder."""
    for key in _FILES:
        path = OmegaConf.select(stored, key)
        if path is not None and path.startswith(f"{before}/"):
            OmegaConf.update(stored, key, f"{now}{path.removeprefix(before)}")
