"""Small folders of language models."""

from __future__ import annotations

from pathlib import Path

import torch

from bner.context.folder import DIRECTIONS, Inputs, add_direction
from bner.model.language_model import LanguageModel, Sizes

WORDS = ("the", "p53", "protein", "NUM", "binds")


def make_inputs(dim: int = 6, layers: int = 2) -> Inputs:
    torch.manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(1 + len(WORDS), dim)).half().float()
    vectors[0] = 0
    sizes = Sizes(hidden_size=4, layers=layers, char_dim=3, char_filters=5)
    return Inputs(WORDS, vectors, "".join(sorted(set("theprotn53bidsNUM"))), "num", sizes)


def make_model(inputs: Inputs, seed: int) -> LanguageModel:
    torch.manual_seed(seed)
    return LanguageModel(inputs.vectors, inputs.num_characters, inputs.sizes).eval()


def write_folder(folder: Path, directions: tuple[str, ...] = DIRECTIONS, layers: int = 2) -> Path:
    """Random models of both directions."""
    inputs = make_inputs(layers=layers)
    for seed, direction in enumerate(directions):
        add_direction(folder, inputs, direction, make_model(inputs, seed), {"tokens": 1})
    return folder
