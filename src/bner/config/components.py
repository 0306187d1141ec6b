"""Read a section of the configuration into the typed settings of the component that it names.

`_target_` of a section is the full name of a dataclass: its fields are the section's keys, their types are checked, and
its `build` makes what the section describes. The class may lie in any module that Python can import.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bner.errors import BnerError, SettingError, one_line

TARGET = "_target_"


def read_component(section: DictConfig, name: str) -> Any:
    """Read a section that names its class.

    Args:
        section: the section.
        name: its name in the configuration, for messages.

    Raises:
        BnerError: `_target_` names no class of settings, a key does not exist or is missing, or a value cannot be.
    """
    target = OmegaConf.to_container(section, resolve=True).get(TARGET)  # type: ignore[union-attr]
    if not isinstance(target, str):
        raise BnerError(f"{name} has no {TARGET}: give it the full name of the class that the settings belong to.")
    settings = _import(target, name)
    if not (
        isinstance(settings, type) and dataclasses.is_dataclass(settings) and callable(getattr(settings, "build", None))
    ):
        raise BnerError(
            f"{name}.{TARGET} is {target}, which is no dataclass with a method build: see docs/extending.md."
        )
    rest = OmegaConf.masked_copy(section, [key for key in map(str, section) if key != TARGET])
    rest._set_parent(section._get_parent())  # interpolations lead to other sections
    return read_section(rest, settings, name)


def read_section(section: DictConfig, settings: type[Any], name: str) -> Any:
    """Read a section into a dataclass.

    Args:
        section: the section.
        settings: the dataclass.
        name: the section's name in the configuration, for messages; empty at the top level.

    Raises:
        BnerError: a key does not exist or is missing, or a value cannot be.
    """
    prefix = f"{name}." if name else ""
    known = [field.name for field in dataclasses.fields(settings)]
    for key in map(str, section):
        if key not in known:
            raise BnerError(f"{prefix}{key} is no setting{nearest(key, known, prefix)}.")
    required = [
        field.name
        for field in dataclasses.fields(settings)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    for key in required:
        if key not in section:
            raise BnerError(f"{prefix}{key} is missing: give it a value.")
    try:
        values = OmegaConf.to_container(section, resolve=True)
        return OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(settings), values))
    except SettingError as error:
        raise BnerError(f"{prefix}{error.key} {error}.") from error
    except OmegaConfBaseException as error:
        # The first line says what; the others repeat it in OmegaConf's own terms.
        what = str(error).partition("\n")[0].rstrip(".")
        key = str(getattr(error, "full_key", None) or "")
        raise BnerError(f"{prefix}{key}: {what}{_wanted(settings, key)}.") from error


def nearest(key: str, known: Iterable[str], prefix: str = "") -> str:
    """Return a clause that names the nearest of the known keys, or all of them where there are few, or nothing.

    >>> nearest("hiden_size", ["hidden_size", "layers"], "model.")
    ': the nearest is model.hidden_size'
    """
    names = list(known)
    found = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    if found:
        return f": the nearest is {prefix}{found[0]}"
    return f": there are {', '.join(names)}" if names and len(names) <= 12 else ""


def _wanted(settings: type[Any], key: str) -> str:
    types = {field.name: str(field.type) for field in dataclasses.fields(settings)}
    return f" (wanted: {types[key]})" if key in types else ""


def _import(target: str, name: str) -> Any:
    module, _, attribute = target.rpartition(".")
    here = str(Path.cwd())
    if here not in sys.path:  # a class of one's own may lie beside what one works on
        sys.path.append(here)
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BnerError(
            f"{name}.{TARGET} is {target}, which cannot be imported ({one_line(error)}): check the name, and that its "
            "file lies in the working directory or on PYTHONPATH."
        ) from error
