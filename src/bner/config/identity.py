"""Decide which runs are the same: the one place that says what two runs share that compute the same.

Two runs are the same if they agree in their settings, the ignored ones of `identity.ignored` left out, in the contents
of the files that they read, and in the code that computes.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bner.config.schema import AnySettings, BaselineSettings, Settings, component_names, flat

# Everything that a run's scored weights depend on, from the reader of a corpus to the choice of the best epoch.
_COMPUTING: Mapping[type[AnySettings], Sequence[str]] = {
    Settings: (
        "corpora", "vectors", "data", "context", "model", "scoring", "inference", "training", "config/schema.py",
        "config/components.py", "experiments/build.py", "experiments/data.py", "experiments/fit.py",
        "runtime/torch_setup.py",
    ),
    BaselineSettings: (
        "corpora", "vectors", "data/vocabulary.py", "scoring", "baseline", "config/schema.py", "config/components.py",
        "experiments/data.py", "experiments/baseline.py",
    ),
}  # fmt: skip


def is_ignored(key: str, ignored: Iterable[str]) -> bool:
    """Return whether a setting is among the ignored ones, by itself or with its section.

    >>> [is_ignored(key, ["paths", "trainer.threads"]) for key in ("paths.data", "trainer.threads", "trainer.devices")]
    [True, True, False]
    """
    return any(key == each or key.startswith((f"{each}.", f"{each}/")) for each in ignored)


def variant_key(settings: AnySettings, hashes: Mapping[str, str]) -> str:
    """Compute the key that two runs share if they are the same, a SHA-256.

    Args:
        settings: the configuration.
        hashes: of the data that it names.
    """
    return _sha256([settings_hash(settings), dict(hashes), code_version(settings)])


def settings_hash(settings: AnySettings) -> str:
    """Hash the settings that count, without data and code, a SHA-256."""
    ignored = settings.identity.ignored
    if isinstance(settings, Settings) and settings.context.name == "none":
        ignored = [*ignored, "context"]  # the hash of before there were contexts
    return _sha256({key: value for key, value in flat(settings).items() if not is_ignored(key, ignored)})


def code_version(settings: AnySettings) -> str:
    """Hash the code that computes, without comments, docstrings and layout.

    That is the package's own, and the files of components that lie outside it.
    """
    package = Path(__file__).parents[1]
    found = [package / name for name in _COMPUTING[type(settings)]]
    files = [file for path in found for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    components = [getattr(settings, name) for name in component_names(settings)]
    own = {Path(str(sys.modules[type(each).__module__].__file__)) for each in components if each is not None}
    files += sorted(file for file in own if package not in file.parents)
    return hashlib.sha256("".join(_code(file) for file in files).encode()).hexdigest()


def _sha256(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@cache
def _code(file: Path) -> str:
    """Return a file's code as Python writes its syntax tree, docstrings left out."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = _without_docstring(node.body)
    return ast.unparse(tree)


def _without_docstring(body: Sequence[Any]) -> list[Any]:
    first = body[0] if body else None
    is_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return list(body[1:] if is_docstring else body) or [ast.Pass()]
