"""Checkpoints: written atomically, read without executing anything, compared with the run that reads them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from bner.errors import BnerError
from bner.runtime.files import written_whole

CARD, RANDOM_STATES = "bner", "random_states"  # keys of a checkpoint beside Lightning's own
_LONGEST = 120  # characters of a value in a message


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes checkpoints atomically and syncs them.

    Lightning's own goes through the system's temporary folder, moves across file systems, and never syncs.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write the file completely or not at all.

        Raises:
            BnerError: the folder cannot be written to, or the disk is full.
        """
        # Written by torch itself, a full disk would come out as an error of its archive.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with written_whole(Path(path)) as temporary:
            temporary.write_bytes(content.getbuffer())


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, weights and plain values only.

    Raises:
        BnerError: the file is missing, or holds anything else.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise BnerError(f"checkpoint {path.absolute()} is missing: check the path.") from error
    except Exception as error:  # torch has no one type for what can be wrong with a file
        raise BnerError(f"{path} is no checkpoint that can be read safely: name one that train.py wrote.") from error
    if not isinstance(checkpoint, dict):
        raise BnerError(f"{path} is no checkpoint of bner: name one that train.py wrote.")
    return checkpoint


def check_card(checkpoint: Mapping[str, Any], card: Mapping[str, Any], name: str) -> None:
    """Compare what a checkpoint was trained for with what it is to be used for.

    Raises:
        BnerError: the first value that differs, or that there is none to compare.
    """
    found = checkpoint.get(CARD)
    if not isinstance(found, dict):
        raise BnerError(f"{name} is no checkpoint of bner: name one that train.py wrote.")
    for key, value in card.items():
        if key not in found and "." in key:  # a setting that bner did not have yet; weights that do not fit are refused
            continue
        if found.get(key) != value:
            raise BnerError(
                f"{name} was trained with {key} {_short(found.get(key))} and this run has {_short(value)}: "
                "use the corpus and the variant that it was trained with."
            )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
