"""No contextual vectors: words and characters alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class NoContextConfig:
    """Words and characters alone: conf/context/none.yaml."""

    name: str

    @property
    def label(self) -> str | None:
        """No part of a run's name."""
        return None

    def check(self) -> None:
        """Check nothing."""

    def files(self) -> tuple[Path, ...]:
        """Return no files."""
        return ()

    def build(self) -> None:
        """Build nothing."""
