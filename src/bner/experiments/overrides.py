"""Explain overrides that Hydra refuses, in one sentence that names the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from bner.config.components import nearest
from bner.errors import BnerError, one_line

_NO_OPTION = re.compile(r"Could not find '([\w/]+)/([^'/]+)'")
_OPTION = re.compile(r"^\t(\S+)$", re.MULTILINE)
_NO_KEY = re.compile(r"Could not (?:override|append to config) '([^']+)'")


def composed(name: str, conf: Path, overrides: Sequence[str]) -> DictConfig:
    """Compose a configuration outside of Hydra's own main function.

    Args:
        name: of the YAML file, as in `baseline`.
        conf: its folder.
        overrides: as on a command line.

    Raises:
        BnerError: there is no such file, or Hydra refuses an override.
    """
    file = conf.absolute() / f"{name}.yaml"
    if not file.is_file():
        raise BnerError(
            f"the configuration {file} does not exist: start the command in the project's folder, or name its folder "
            "conf with --conf FOLDER."
        )
    try:
        with initialize_config_dir(str(file.parent), version_base="1.3"):
            return compose(name, overrides=list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise BnerError(explain(error, file.parent, overrides, name)) from error


def explain(error: BaseException, conf: Path, words: Sequence[str] = (), name: str = "train") -> str:
    """Return a sentence about an override that Hydra refuses.

    Args:
        error: Hydra's exception.
        conf: the folder of the configuration, whose keys are searched for the nearest one.
        words: the words of the command line.
        name: of the YAML file in it.
    """
    text = str(error)
    if found := _NO_OPTION.search(text):
        group, option = found.groups()
        options = _OPTION.findall(text)
        return f"{group}={option} does not exist{nearest(option, options, f'{group}=')} ({', '.join(options)})."
    if (found := _NO_KEY.search(text)) and "=" not in found[1]:
        return f"{found[1]} is no setting{nearest(found[1], sorted(_keys(conf, words, name)))}."
    return one_line(error)


def _keys(conf: Path, words: Sequence[str], name: str) -> set[str]:
    """Return the dotted keys of the configuration, with the groups that the words choose, and all groups."""
    folders = [Path(words[number + 1]) for number, word in enumerate(words[:-1]) if word in ("--config-dir", "-cd")]
    search = [f"hydra.searchpath=[{','.join(f'file://{folder.absolute()}' for folder in folders)}]"] if folders else []
    chosen = [word for word in words if re.fullmatch(r"[a-z]+=[\w-]+", word)]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        try:
            config = compose(name, overrides=[*search, *chosen])
        except HydraException:  # more than one word is wrong
            config = compose(name)
    groups = {str(path.relative_to(each)) for each in (conf, *folders) for path in each.rglob("*") if path.is_dir()}
    return groups | set(_dotted(config, ""))


def _dotted(config: DictConfig, prefix: str) -> Iterator[str]:
    for key in map(str, config):
        yield f"{prefix}{key}"
        node = config._get_node(key)
        if isinstance(node, DictConfig):
            yield from _dotted(node, f"{prefix}{key}.")
