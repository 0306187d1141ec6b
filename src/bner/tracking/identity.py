"""The hash that two runs share which compute the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from bner.config.schema import Settings, flat
from bner.runtime.files import sha256_of_files

# Settings of how and where a run is carried out, not of what it computes; files count by their contents.
_CARRIED_OUT = (
    "resume", "checkpoint", "paths.", "tracking.", "trainer.progress", "trainer.threads", "corpus.folder",
    "embedding.file", "embedding.origin",
)  # fmt: skip
_COMPUTING = ("corpora", "vectors", "data", "model", "scoring", "inference", "training", "experiments/build.py")


def variant_key(settings: Settings, hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 of configuration, data and code.

    Args:
        settings: the configuration.
        hashes: of the data that it names.
    """
    values = {key: value for key, value in flat(settings).items() if not key.startswith(_CARRIED_OUT)}
    text = json.dumps([values, dict(hashes), code_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_version() -> str:
    """Return the SHA-256 of the source files that decide what a run computes."""
    package = Path(__file__).parents[1]
    found = [package / name for name in _COMPUTING]
    files = (file for path in found for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path]))
    return sha256_of_files(files)
