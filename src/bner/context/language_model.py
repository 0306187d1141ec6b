"""Settings of contextual vectors from a frozen language model: the section `context` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bner.context.folder import CARD, check_directions, read_card
from bner.context.states import LanguageModelStates
from bner.errors import BnerError, check_range
from bner.model.context import ContextMix


@dataclass
class LanguageModelContextConfig:
    """Settings of a `ContextMix` of a language model's states: conf/context/lm.yaml.

    Attributes:
        name: the name of this kind of context; runs are named after the folder.
        folder: of the language model, which `bner lm` has written.
        layers: which states are mixed, 0 is the projected input; None is all of them.
        dropout: probability of dropping a value of the mixed states.
    """

    name: str
    folder: str
    layers: list[int] | None = None
    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_range("dropout", self.dropout, 0, 0.95)
        for layer in self.layers or ():
            check_range("layers", layer, 0)

    @property
    def label(self) -> str | None:
        """The folder's name, as a part of a run's name.

        >>> LanguageModelContextConfig("lm", "models/lm512/").label
        'lm512'
        """
        return Path(self.folder).name

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder).absolute()

    def check(self) -> None:
        """Check the folder's description, without reading the models.

        Raises:
            BnerError: the folder is missing or something else, lacks a direction, or has fewer layers.
        """
        if not self.path.is_dir():
            raise BnerError(
                f"the language model of context.folder is missing: {self.path} does not exist; train one with "
                f"`bner lm TEXT... --out {self.path}`, or name another folder."
            )
        card = read_card(self.path)
        check_directions(self.path, card)
        if self.layers is not None and not self.layers:
            raise BnerError("context.layers is empty: name a layer, or null for all of them.")
        if beyond := [layer for layer in self.layers or () if layer > card.sizes.layers]:
            raise BnerError(
                f"context.layers names layer {beyond[0]} and the language model in {self.path} has layers 0 to "
                f"{card.sizes.layers}: leave it out."
            )

    def files(self) -> tuple[Path, ...]:
        """Return config.json, which has the hashes of the other files."""
        self.check()
        return (self.path / CARD,)

    def build(self) -> ContextMix:
        """Read the language model and build the mix of its states.

        Raises:
            BnerError: a file of the folder is broken, or not the one that config.json describes.
        """
        self.check()
        read = LanguageModelStates(self.path, self.layers)
        return ContextMix(read, read.layers, read.size, self.dropout)
