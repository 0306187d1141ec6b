"""Sentences as numbers, encoded once: each distinct word form with its row and characters, each token as a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def encode_forms(parts: Iterable[Sequence[Sentence]], vocabulary: Vocabulary) -> tuple[Forms, dict[str, int]]:
    """The distinct forms of all parts, and the number of each."""
    distinct = dict.fromkeys(token for part in parts for sentence in part for token in sentence.tokens)
    rows = {word: row for row, word in enumerate(vocabulary.words)}
    characters = vocabulary.character_numbers()
    forms = Forms(
        words=torch.tensor([rows.get(word_key(form), 0) for form in distinct]),
        characters=torch.tensor([characters.get(char, UNSEEN_CHARACTER) for form in distinct for char in form]),
        starts=_starts(len(form) for form in distinct),
    )
    return forms, {form: number for number, form in enumerate(distinct)}


def encode_sentences(
    sentences: Sequence[Sentence], numbers: dict[str, int], vocabulary: Vocabulary
) -> EncodedSentences:
    """The sentences over numbered forms, with their gold labels."""
    labels = [vocabulary.labels.encode(len(sentence.tokens), sentence.mentions) for sentence in sentences]
    return EncodedSentences(
        forms=torch.tensor([numbers[token] for sentence in sentences for token in sentence.tokens]),
        labels=torch.tensor([label for row in labels for label in row]),
        starts=_starts(len(sentence.tokens) for sentence in sentences),
    )


def _starts(lengths: Iterable[int]) -> Tensor:
    return torch.from_numpy(np.cumsum([0, *lengths], dtype=np.int64))
