"""Sentences that two parts of a corpus share, and a split without them (see docs/corpora.md for their numbers)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bner.corpora.sentence import Sentence
from bner.corpora.split import Split


def with_tokens_of(sentences: Iterable[Sentence], others: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences whose tokens are those of one of `others`, ignoring case.

    Case is ignored since word vectors do not see it.
    """
    known = {_lowered(other) for other in others}
    return tuple(sentence for sentence in sentences if _lowered(sentence) in known)


def from_abstracts_of(sentences: Iterable[Sentence], others: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences of abstracts that have sentences in `others` too; none where abstracts have no names."""
    known = {other.document for other in others} - {None}
    return tuple(sentence for sentence in sentences if sentence.document in known)


def without_duplicates(split: Split, test: Iterable[Sentence]) -> Split:
    """Drop training sentences that the test part has too, by their tokens or their abstract; dev stays as it is."""
    test = tuple(test)
    found = {
        sentence.identifier for sentence in (*with_tokens_of(split.train, test), *from_abstracts_of(split.train, test))
    }
    return replace(
        split,
        train=tuple(sentence for sentence in split.train if sentence.identifier not in found),
        dropped=tuple(sentence for sentence in split.train if sentence.identifier in found),
    )


def _lowered(sentence: Sentence) -> tuple[str, ...]:
    return tuple(token.lower() for token in sentence.tokens)
