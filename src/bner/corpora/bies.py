"""BIES, known to this module alone: mentions to labels and back, and mentions to IOB2 and back.

B begins a mention of several tokens, I is inside it, E ends it, S is a mention of one token, O is outside.

Decoding has one rule for every sequence of labels, legal or not:

    label    while a mention of its type is open    otherwise (an open mention of another type ends before it)
    B        ends it before; opens another          opens a mention
    I        continues it                           is read as O
    E        ends it                                is read as O
    S        ends it before; is a mention           is a mention
    O        ends it before                         is nothing

The sentence's end ends an open mention. A legal sequence comes back exactly, and what is decoded is always legal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bner.corpora.sentence import Mention

OUTSIDE = "O"
PREFIXES = "BIES"

# The prefix of a token in two overlapping mentions, as in the paper's program; equal prefixes stay as they are, and all
# other pairs give I.
_MERGED = {frozenset("BE"): "I", frozenset("BS"): "B", frozenset("ES"): "E"}


@dataclass(frozen=True)
class LabelSet:
    """Labels of a tagger in the order of its output: O, then B, I, E and S of each mention type.

    >>> LabelSet(("DNA",)).names
    ('O', 'B-DNA', 'I-DNA', 'E-DNA', 'S-DNA')
    """

    types: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Labels as text, in the order of their numbers."""
        return (OUTSIDE, *(f"{prefix}-{type_}" for type_ in self.types for prefix in PREFIXES))

    def __len__(self) -> int:
        return 1 + len(PREFIXES) * len(self.types)

    def legal(self) -> tuple[tuple[tuple[bool, ...], ...], tuple[bool, ...], tuple[bool, ...]]:
        """Return which sequences of labels are legal.

        Returns:
            For each label, which labels may follow it, K rows of K; whether each may begin a sentence, K; whether each
            may end one, K.

        >>> LabelSet(("DNA",)).legal()[1]  # O B I E S
        (True, True, False, False, True)
        """

        def follows(label: str, after: str) -> bool:
            if after[0] in "BI":  # a mention is open
                return label[0] in "IE" and label[1:] == after[1:]
            return label[0] not in "IE"

        names = self.names
        steps = tuple(tuple(follows(label, after) for label in names) for after in names)
        first, last = steps[0], tuple(row[0] for row in steps)  # as after and before a token outside
        return steps, first, last

    def encode(self, length: int, mentions: Iterable[Mention]) -> list[int]:
        """Return the label numbers of a sentence of `length` tokens.

        Where mentions overlap, a token that is I in any of them is I, B with E gives I, B with S gives B, and E with
        S gives E; the type is that of the mention that comes first.

        Raises:
            ValueError: a mention is of a type that is not in the set, or does not lie within the sentence.
        """
        labels = [0] * length
        for mention in sorted(mentions):
            if not 0 <= mention.start < mention.end <= length:
                raise ValueError(f"{mention} does not lie within {length} tokens")
            base = 1 + len(PREFIXES) * self.types.index(mention.type)
            last = mention.end - 1
            for position in range(mention.start, mention.end):
                if last == mention.start:
                    prefix = "S"
                else:
                    prefix = "B" if position == mention.start else "E" if position == last else "I"
                if labels[position]:
                    base = labels[position] - (labels[position] - 1) % len(PREFIXES)
                    prefix = _merge(PREFIXES[(labels[position] - 1) % len(PREFIXES)], prefix)
                labels[position] = base + PREFIXES.index(prefix)
        return labels

    def decode(self, labels: Sequence[int], first: int = 0) -> tuple[Mention, ...]:
        """Return the mentions of a sequence of label numbers, the first of which is that of token `first`.

        The rule is at the top of this file.

        >>> LabelSet(("DNA",)).decode([2, 1, 2, 0, 4, 3])  # I B I O S E
        (Mention(start=1, end=3, type='DNA'), Mention(start=4, end=5, type='DNA'))
        """
        mentions: list[Mention] = []
        start = -1  # the first token of the open mention, -1 where none is open
        type_ = -1
        for position, label in enumerate(labels, start=first):
            if label == 0 and start < 0:
                continue
            prefix, its_type = ("O", -1) if label == 0 else (PREFIXES[(label - 1) % 4], (label - 1) // 4)
            if start >= 0 and (prefix not in "IE" or its_type != type_):
                mentions.append(Mention(start, position, self.types[type_]))
                start = -1
            if prefix == "B":
                start, type_ = position, its_type
            elif prefix == "S":
                mentions.append(Mention(position, position + 1, self.types[its_type]))
            elif prefix == "E" and start >= 0:
                mentions.append(Mention(start, position + 1, self.types[type_]))
                start = -1
        if start >= 0:
            mentions.append(Mention(start, first + len(labels), self.types[type_]))
        return tuple(mentions)

    def decode_rows(self, rows: npt.NDArray[np.int64]) -> list[tuple[Mention, ...]]:
        """Return the mentions of each of B sentences, from label numbers (B, T) that are 0 (O) at padding.

        Only the tokens of mentions are visited one by one.
        """
        sentences, positions = rows.nonzero()
        labels = rows[sentences, positions].tolist()
        cuts = (np.flatnonzero((np.diff(sentences) != 0) | (np.diff(positions) != 1)) + 1).tolist()
        found: list[tuple[Mention, ...]] = [()] * len(rows)
        for begin, end in pairwise([0, *cuts, len(labels)] if labels else []):
            found[sentences[begin]] += self.decode(labels[begin:end], int(positions[begin]))
        return found


def _merge(first: str, second: str) -> str:
    if first == second:
        return first
    return _MERGED.get(frozenset((first, second)), "I")


class IllegalTagError(ValueError):
    """A tag that is illegal at its position, which counts the sentence's tags from 0."""

    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.position = position


def is_iob2(tag: str) -> bool:
    """Return whether a text is an IOB2 tag: O, B-type or I-type."""
    return tag == OUTSIDE or (tag[:2] in ("B-", "I-") and len(tag) > 2)


def illegal_tags(tags: Sequence[str]) -> list[IllegalTagError]:
    """Return an error for each I-type of a sentence that continues no mention of its type."""
    return [
        IllegalTagError(position, f"'{tag}' follows '{previous}' and so continues no mention of its type")
        for position, (previous, tag) in enumerate(pairwise([OUTSIDE, *tags]))
        if tag.startswith("I-") and previous not in (f"B-{tag[2:]}", tag)
    ]


def iob2_to_mentions(tags: Sequence[str]) -> tuple[Mention, ...]:
    """Return the mentions of a sentence tagged in IOB2: B-type begins one, I-type continues it, O is outside.

    Raises:
        IllegalTagError: an I-type that continues no mention of its type.
    """
    if illegal := illegal_tags(tags):
        raise illegal[0]
    mentions: list[Mention] = []
    for position, tag in enumerate(tags):
        if tag.startswith("B-"):
            mentions.append(Mention(position, position + 1, tag[2:]))
        elif tag.startswith("I-"):
            mentions[-1] = Mention(mentions[-1].start, position + 1, tag[2:])
    return tuple(mentions)


def mentions_to_iob2(length: int, mentions: Iterable[Mention]) -> list[str]:
    """Return the IOB2 tags of a sentence of `length` tokens.

    >>> mentions_to_iob2(3, [Mention(0, 2, "RNA")])
    ['B-RNA', 'I-RNA', 'O']
    """
    tags = [OUTSIDE] * length
    for mention in mentions:
        tags[mention.start : mention.end] = [f"I-{mention.type}"] * (mention.end - mention.start)
        tags[mention.start] = f"B-{mention.type}"
    return tags
