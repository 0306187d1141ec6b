"""No characters: word vectors alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class NoCharactersConfig:
    """Word vectors alone: conf/char/none.yaml."""

    name: str

    def build(self, num_characters: int, word_dim: int) -> None:
        """Build nothing."""
