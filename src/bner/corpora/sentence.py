"""A sentence and its mentions, which all other packages build on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A named entity: the tokens `start` to `end - 1` of its sentence, and its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A tokenised sentence with its gold mentions.

    Attributes:
        identifier: its name in the corpus, unique there.
        tokens: the words as they are written.
        mentions: the gold mentions, by their first token.
        text: the sentence before tokenisation, where the corpus has it.
        offsets: for each token the characters [start, end) of `text`; None where the corpus has only tokens.
        document: the abstract that the sentence comes from, where the corpus names it.
    """

    identifier: str
    tokens: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    text: str | None = None
    offsets: tuple[tuple[int, int], ...] | None = None
    document: str | None = None
