"""Encode sentences as numbers, once: each distinct word form with its row and characters, each token as a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bner.corpora.sentence import Sentence
from bner.data.vocabulary import UNSEEN_CHARACTER, Vocabulary
from bner.vectors.keys import word_key


@dataclass(frozen=True)
class Forms:
    """Distinct word forms, case and all.

    Attributes:
        words: the row of each form in the table of word vectors, (forms,).
        characters: the characters of all forms, one form after another, (characters,).
        starts: where each form's characters begin, and at last their number, (forms + 1,).
        vectors: the word vector of each form, where they do not come from the table, (forms, D).
    """

    words: Tensor
    characters: Tensor
    starts: Tensor
    vectors: Tensor | None = None


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
        """Return the tokens of each sentence, (sentences,)."""
        return self.starts.diff()


class FormEncoder:
    """Encodes word forms with the numbers of a vocabulary.

    Args:
        vocabulary: words and characters with their numbers.
        vectors: word vectors (forms, D) of any forms, each divided by its length and zero where there is none; None
            uses the rows of the vocabulary's words.
    """

    def __init__(
        self, vocabulary: Vocabulary, vectors: Callable[[Sequence[str]], npt.NDArray[np.float32]] | None = None
    ) -> None:
        self._rows = {word: row for row, word in enumerate(vocabulary.words)}
        self._characters = vocabulary.character_numbers()
        self._digits = vocabulary.digits
        self._vectors = vectors

    def __call__(self, forms: Sequence[str]) -> Forms:
        """Encode the forms in their order."""
        number = self._characters.get
        return Forms(
            words=_long([self._rows.get(word_key(form, self._digits), 0) for form in forms]),
            characters=_long([number(character, UNSEEN_CHARACTER) for form in forms for character in form]),
            starts=_starts(map(len, forms)),
            vectors=None if self._vectors is None else torch.from_numpy(self._vectors(forms)),
        )


def encode(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> tuple[Forms, EncodedSentences]:
    """Encode the distinct forms of the sentences, and the sentences over them with their gold labels."""
    tokens = [token for sentence in sentences for token in sentence.tokens]
    numbers = {form: number for number, form in enumerate(dict.fromkeys(tokens))}
    return FormEncoder(vocabulary)(list(numbers)), EncodedSentences(
        forms=_long([numbers[token] for token in tokens]),
        labels=torch.cat(encode_labels(sentences, vocabulary)),
        starts=_starts(len(sentence.tokens) for sentence in sentences),
    )


def encode_labels(sentences: Iterable[Sentence], vocabulary: Vocabulary) -> list[Tensor]:
    """Encode the gold label of each token of each sentence, (T,) each."""
    return [_long(vocabulary.labels.encode(len(sentence.tokens), sentence.mentions)) for sentence in sentences]


def _long(values: Sequence[int]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.int64))


def _starts(lengths: Iterable[int]) -> Tensor:
    return torch.from_numpy(np.cumsum([0, *lengths], dtype=np.int64))
