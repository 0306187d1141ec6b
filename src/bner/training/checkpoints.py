"""Checkpoints that are whole or not there: written beside their place, synced, and moved."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from bner.runtime.files import written_whole


class WholeCheckpointIO(TorchCheckpointIO):
    """Lightning's own goes through the system's temporary folder, moves across file systems, and never syncs."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Writes the file whole or not at all.

        Raises:
            BnerError: the folder cannot be written to, or the disk is full.
        """
        # Written by torch itself, a full disk would come out as an error of its archive.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with written_whole(Path(path)) as temporary:
            temporary.write_bytes(content.getbuffer())
