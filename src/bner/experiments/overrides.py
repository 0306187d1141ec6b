"""Explain overrides that Hydra refuses, in one sentence that names the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from bner.config.components import nearest
from bner.errors import one_line

_NO_OPTION = re.compile(r"Could not find '([\w/]+)/([^'/]+)'")
_OPTION = re.compile(r"^\t(\S+)$", re.MULTILINE)
_NO_KEY = re.compile(r"Could not (?:override|append to config) '([^']+)'")


def explain(error: BaseException, conf: Path) -> str:
    """Return a sentence about an override that Hydra refuses.

    Args:
        error: Hydra's exception.
        conf: the folder of the configuration, whose keys are searched for the nearest one.
    """
    text = str(error)
    if found := _NO_OPTION.search(text):
        group, option = found.groups()
        options = _OPTION.findall(text)
        return f"{group}={option} does not exist{nearest(option, options, f'{group}=')} ({', '.join(options)})."
    if (found := _NO_KEY.search(text)) and "=" not in found[1]:
        return f"{found[1]} is no setting{nearest(found[1], sorted(_keys(conf)))}."
    return one_line(error)


def _keys(conf: Path) -> set[str]:
    """Return all settings of the default configuration, in dotted form, and its groups."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        config = compose("train")
    groups = {str(path.relative_to(conf)) for path in conf.rglob("*") if path.is_dir()}
    return groups | set(_dotted(config, ""))


def _dotted(config: DictConfig, prefix: str) -> Iterator[str]:
    for key in map(str, config):
        yield f"{prefix}{key}"
        node = config._get_node(key)
        if isinstance(node, DictConfig):
            yield from _dotted(node, f"{prefix}{key}.")
