"""The vocabulary of a model: the words that have a vector, the characters seen in training, the labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bner.corpora.bies import LabelSet
from bner.corpora.sentence import Sentence
from bner.vectors.keys import word_key
from bner.vectors.table import WordTable

PADDING_CHARACTER = 0
UNSEEN_CHARACTER = 1
_FIRST_CHARACTER = 2


@dataclass(frozen=True)
class Vocabulary:
    """Words, characters and labels with their numbers.

    Attributes:
        words: the key of each row of the word table; number 0 is UNKNOWN.
        characters: the characters seen in training; number 0 is padding, 1 an unseen character.
        labels: the label set.
        digits: the rule that makes a token a key, see `bner.vectors.keys.word_key`.
    """

    words: tuple[str, ...]
    characters: str
    labels: LabelSet
    digits: str = "num"

    @property
    def num_characters(self) -> int:
        """Return the rows of the character table, padding and the unseen character included."""
        return _FIRST_CHARACTER + len(self.characters)

    def character_numbers(self) -> dict[str, int]:
        """Return the number of each character seen in training."""
        return {character: number for number, character in enumerate(self.characters, start=_FIRST_CHARACTER)}


@dataclass(frozen=True)
class Coverage:
    """Shares of tokens and of types (distinct keys) that have a vector, as fractions."""

    tokens: float
    types: float


def wanted_keys(sentences: Iterable[Sentence], digits: str = "num") -> list[str]:
    """Return the keys of all tokens, each once, in the order of their first appearance."""
    forms = dict.fromkeys(token for sentence in sentences for token in sentence.tokens)
    return list(dict.fromkeys(word_key(form, digits) for form in forms))


def frequent_keys(sentences: Iterable[Sentence], least: int, digits: str = "num") -> list[str]:
    """Return the keys of at least so many tokens, in the order of their first appearance."""
    forms = Counter(token for sentence in sentences for token in sentence.tokens)
    counts: Counter[str] = Counter()
    for form, count in forms.items():
        counts[word_key(form, digits)] += count
    return [key for key, count in counts.items() if count >= least]


def build_vocabulary(
    train: Iterable[Sentence], table: WordTable, types: tuple[str, ...], digits: str = "num"
) -> Vocabulary:
    """Build the vocabulary of a word table, with the characters of the training sentences in code point order."""
    characters = {character for sentence in train for token in sentence.tokens for character in token}
    return Vocabulary(table.words, "".join(sorted(characters)), LabelSet(types), digits)


def coverage(sentences: Iterable[Sentence], known: Collection[str], digits: str = "num") -> Coverage:
    """Compute how much of the sentences is covered by keys that have a vector.

    Args:
        sentences: whose tokens are counted.
        known: the keys; a set, for speed.
        digits: the rule of the keys.

    Raises:
        ValueError: there is no token.
    """
    counts: Counter[str] = Counter()
    for form, count in Counter(token for sentence in sentences for token in sentence.tokens).items():
        counts[word_key(form, digits)] += count
    if not counts:
        raise ValueError("there is no token to cover")
    covered = [key for key in counts if key in known]
    return Coverage(sum(counts[key] for key in covered) / counts.total(), len(covered) / len(counts))
