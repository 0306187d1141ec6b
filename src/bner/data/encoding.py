"""Sentences as numbers, encoded once: each distinct word form with its row and characters, each token as a form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bner.corpora.sentence import Sentence
from bner.data.vocabulary import UNSEEN_CHARACTER, Vocabulary
from bner.vectors.keys import word_key


@dataclass(frozen=True)
class Forms:
    """The distinct word forms of some sentences, case and all.

    Attributes:
        words: the row of each form in the word table, (forms,).
        characters: the characters of all forms, one after another, (characters,).
        starts: where each form's characters begin, and at last their number, (forms + 1,).
    """

    words: Tensor
    characters: Tensor
    starts: Tensor


@dataclass(frozen=True)
class EncodedSentences:
    """Sentences as form and label numbers, one after another.

    Attributes:
        forms: the form of each token, (tokens,).
        labels: the gold label of each token, (tokens,).
        starts: where each sentence begins, and at last the number of tokens, (sentences + 1,).
    """

    forms: Tensor
    labels: Tensor
    starts: Tensor

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Tensor:
        """Tokens of each sentence, (sentences,)."""
        return self.starts.diff()


class FormEncoder:
    """Word forms to the numbers of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._rows = {word: row for row, word in enumerate(vocabulary.words)}
        self._characters = vocabulary.character_numbers()

    def __call__(self, forms: Collection[str]) -> Forms:
        """The forms in their order."""
        number = self._characters.get
        return Forms(
            words=_long([self._rows.get(word_key(form), 0) for form in forms]),
            characters=_long([number(character, UNSEEN_CHARACTER) for form in forms for character in form]),
            starts=_starts(map(len, forms)),
        )


def encode(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> tuple[Forms, EncodedSentences]:
    """The distinct forms of the sentences, and the sentences over them, with their gold labels."""
    tokens = [token for sentence in sentences for token in sentence.tokens]
    numbers = {form: number for number, form in enumerate(dict.fromkeys(tokens))}
    return FormEncoder(vocabulary)(numbers), EncodedSentences(
        forms=_long([numbers[token] for token in tokens]),
        labels=torch.cat(encode_labels(sentences, vocabulary)),
        starts=_starts(len(sentence.tokens) for sentence in sentences),
    )


def encode_labels(sentences: Iterable[Sentence], vocabulary: Vocabulary) -> list[Tensor]:
    """The gold label of each token of each sentence, (T,) each."""
    return [_long(vocabulary.labels.encode(len(sentence.tokens), sentence.mentions)) for sentence in sentences]


def _long(values: Sequence[int]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.int64))


def _starts(lengths: Iterable[int]) -> Tensor:
    return torch.from_numpy(np.cumsum([0, *lengths], dtype=np.int64))
