"""Sentences as text with the characters of their mentions, for pages and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from bner.corpora.sentence import Mention, Sentence


@dataclass(frozen=True, slots=True)
class SentenceText:
    """A sentence as text: as the corpus has it, or its tokens with spaces between them.

    Attributes:
        text: the text.
        offsets: for each token the characters [start, end) of the text.
    """

    text: str
    offsets: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, sentence: Sentence) -> SentenceText:
        """Return the text of a sentence.

        >>> SentenceText.of(Sentence("S", ("B", "cells")))
        SentenceText(text='B cells', offsets=((0, 1), (2, 7)))
        """
        if sentence.text is not None and sentence.offsets is not None:
            return cls(sentence.text, sentence.offsets)
        ends = list(accumulate((len(token) + 1 for token in sentence.tokens), initial=0))
        return cls(" ".join(sentence.tokens), tuple((start, end - 1) for start, end in pairwise(ends)))

    def range(self, mention: Mention) -> tuple[int, int]:
        """Return the characters [start, end) that a mention covers."""
        return self.offsets[mention.start][0], self.offsets[mention.end - 1][1]

    def words(self, mention: Mention) -> str:
        """Return the text of a mention."""
        start, end = self.range(mention)
        return self.text[start:end]

    def pieces(self, mentions: Iterable[Mention]) -> list[tuple[int, int]]:
        """Cut the text at both ends of every mention: the characters [start, end) of each piece, in order."""
        cuts = {0, len(self.text), *(position for mention in mentions for position in self.range(mention))}
        return list(pairwise(sorted(cuts)))
