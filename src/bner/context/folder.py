"""The folder of a language model: config.json, the words and their vectors, and a file for each direction.

    config.json             sizes, characters, and the SHA-256 of each of the other files
    words.txt               the words that have a vector, one a line: the rows of the vectors from 1 on
    vectors.safetensors     the frozen word vectors in 16 bits, row 0 is UNKNOWN
    forward.safetensors     the weights of each direction, without those that predict words
    backward.safetensors

A direction is added when it has been trained, by whichever process has trained it. Files are read by safetensors, which
executes nothing, and checked: hashes, names, shapes, no NaN.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from bner.errors import BnerError
from bner.model.language_model import LanguageModel, Sizes
from bner.runtime.files import read_lines, write_lines, written_whole
from bner.runtime.hashing import sha256_of_file
from bner.runtime.locks import wait_for_lock
from bner.vectors.keys import RULES

CARD = "config.json"
DIRECTIONS = ("forward", "backward")
_VERSION = 1  # of the format
_WORDS, _VECTORS = "words.txt", "vectors.safetensors"


@dataclass(frozen=True)
class ModelCard:
    """Content of config.json.

    Attributes:
        version: of the format.
        sizes: of the model.
        dim: of the word vectors.
        characters: those that the model knows; number 0 is padding, 1 an unknown character.
        digits: the rule that makes a token a key, see `bner.vectors.keys`.
        files: SHA-256 by file name.
        trained: for each direction how it was trained, for people.
    """

    version: int
    sizes: Sizes
    dim: int
    characters: str
    digits: str
    files: dict[str, str]
    trained: dict[str, dict[str, str | int | float]]


@dataclass(frozen=True)
class Inputs:
    """The common part of the models of both directions: words, their vectors (words + 1, D), characters and sizes."""

    words: Sequence[str]
    vectors: Tensor
    characters: str
    digits: str
    sizes: Sizes

    @property
    def num_characters(self) -> int:
        """Return the rows of the character table."""
        return 2 + len(self.characters)


def check_addition(folder: Path, inputs: Inputs, direction: str) -> None:
    """Check that a direction can be added to a folder, which may be missing.

    Raises:
        BnerError: the folder has this direction, is of other words or sizes, or is something else.
    """
    if not (folder / CARD).is_file():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BnerError(f"{folder} is no folder of a language model: name another one with --out.")
        return
    card = read_card(folder)
    if direction in card.trained:
        raise BnerError(f"{folder} has a {direction} model already: remove the folder, or name another one with --out.")
    same = (card.sizes, card.characters, card.digits, card.dim) == (
        inputs.sizes, inputs.characters, inputs.digits, inputs.vectors.shape[1],
    )  # fmt: skip
    if not same or _read_words(folder) != list(inputs.words):
        raise BnerError(
            f"{folder} has a {' and a '.join(card.trained)} model of other text, vectors or sizes: name another "
            "folder with --out."
        )


def add_direction(
    folder: Path, inputs: Inputs, direction: str, model: LanguageModel, trained: Mapping[str, str | int | float]
) -> ModelCard:
    """Add the model of a direction to a folder, which is made where it is missing.

    Raises:
        BnerError: see `check_addition`; the folder cannot be written to.
    """
    with wait_for_lock(folder.with_name(f".{folder.name}.lock")):
        check_addition(folder, inputs, direction)
        if not (folder / CARD).is_file():
            write_lines(folder / _WORDS, inputs.words)
            _save(folder / _VECTORS, {"vectors": inputs.vectors.half()})
            files, before = {name: sha256_of_file(folder / name) for name in (_WORDS, _VECTORS)}, {}
        else:
            card = read_card(folder)
            files, before = card.files, card.trained
        name = f"{direction}.safetensors"
        _save(folder / name, model.state_dict())
        card = ModelCard(
            _VERSION, inputs.sizes, inputs.vectors.shape[1], inputs.characters, inputs.digits,
            {**files, name: sha256_of_file(folder / name)}, {**before, direction: dict(trained)},
        )  # fmt: skip
        write_lines(folder / CARD, [json.dumps(asdict(card), indent=1)])
    return card


def read_card(folder: Path) -> ModelCard:
    """Read config.json.

    Raises:
        BnerError: it is missing, broken, or of another version of the format.
    """
    path = folder / CARD
    if not path.is_file():
        raise BnerError(f"{folder} has no language model: train one with `bner lm TEXT... --out {folder}`.")
    text = "".join(line for _, line in read_lines(path))
    try:
        fields = json.loads(text)
        if fields["version"] != _VERSION:
            raise BnerError(
                f"{path} is of version {fields['version']} of the format, and this bner reads version {_VERSION}: "
                "train the language model again."
            )
        card = ModelCard(**{**fields, "sizes": Sizes(**fields["sizes"])})
        whole = (
            all(type(value) is int and 0 < value < 1 << 20 for value in (*asdict(card.sizes).values(), card.dim))
            and isinstance(card.characters, str)
            and card.digits in RULES
            and set(card.trained) <= set(DIRECTIONS)
            and all(isinstance(value, str) for value in card.files.values())
            and {_WORDS, _VECTORS, *(f"{each}.safetensors" for each in card.trained)} == set(card.files)
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _broken(path, str(error)) from error
    if not whole:
        raise _broken(path, "a value is impossible")
    return card


def read_models(folder: Path) -> tuple[Inputs, dict[str, LanguageModel]]:
    """Read the models of both directions, on the CPU and in evaluation mode.

    Raises:
        BnerError: a file is missing, broken, or not the one that config.json describes; a direction is missing.
    """
    card = read_card(folder)
    check_directions(folder, card)
    for name, expected in card.files.items():
        if not (folder / name).is_file():
            raise _broken(folder / name, "it is missing")
        if sha256_of_file(folder / name) != expected:
            raise _broken(folder / name, f"its SHA-256 is not the one in {CARD}")
    words = _read_words(folder)
    vectors = _load(folder / _VECTORS, {"vectors": (len(words) + 1, card.dim)})["vectors"].float()
    inputs = Inputs(words, vectors, card.characters, card.digits, card.sizes)
    models = {}
    for direction in DIRECTIONS:
        model = LanguageModel(vectors, inputs.num_characters, card.sizes)
        shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
        model.load_state_dict(_load(folder / f"{direction}.safetensors", shapes))
        models[direction] = model.eval().requires_grad_(False)
    return inputs, models


def check_directions(folder: Path, card: ModelCard) -> None:
    """Check that the models of both directions are there.

    Raises:
        BnerError: one is missing.
    """
    if missing := [each for each in DIRECTIONS if each not in card.trained]:
        raise BnerError(f"{folder} has no {missing[0]} model: train it with `bner lm --direction {missing[0]}`.")


def _read_words(folder: Path) -> list[str]:
    return [line for _, line in read_lines(folder / _WORDS)]


def _save(path: Path, tensors: Mapping[str, Tensor]) -> None:
    with written_whole(path) as temporary:
        temporary.write_bytes(save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))


def _load(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise _broken(path, str(error)) from error
    for name in {*tensors, *shapes}:
        found = tuple(tensors[name].shape) if name in tensors else None
        if found != shapes.get(name):
            raise _broken(path, f"{name} is {found or 'missing'} and not {shapes.get(name) or 'expected'}")
        if not torch.isfinite(tensors[name]).all():
            raise _broken(path, f"{name} has values that are no numbers")
    return tensors


def _broken(path: Path, how: str) -> BnerError:
    return BnerError(f"{path} is no part of a language model that can be read ({how}): train it again with `bner lm`.")
