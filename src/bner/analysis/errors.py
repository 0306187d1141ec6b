"""The errors of a tagger, each in exactly one category: what Lyu et al. 2017 tell in their section "Error analysis".

A false positive (FP) is a predicted mention that is no gold mention, a false negative (FN) a gold mention that is not
predicted, by the strict rule: both ends and the type. An error is compared with the mentions of the other side that
share a token with it, gold ones for an FP and predicted ones for an FN. The first category that fits is its own:

    classification  a mention of the other side has the same tokens and another type
    token           one has the same tokens and type, and still other characters: the gold one ends within a token
    missing         (FN) no predicted mention shares a token with it
    spurious        (FP) no gold mention shares a token with it
    coordination    one side has one mention where the other has several within it, with a conjunction between them
    apposition      likewise, and they follow each other directly or with an opening bracket between them
    left            a mention of the other side has the same right end and another left one
    right           a mention of the other side has the same left end and another right one
    overlap         what is left: mentions that share tokens and no end

Classification is the paper's type error ("the boundary of an entity is correct but its type is incorrectly
identified"); all others are its boundary errors. See docs/errors.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bner.corpora.sentence import Mention

COORDINATORS = frozenset({"and", "or", "nor", "but", "and/or", ",", ";", "/", "&"})
_OPENING_BRACKETS = frozenset("([")
_LABELS = {"token": "within a token", "left": "left boundary", "right": "right boundary", "overlap": "other overlap"}


class Side(StrEnum):
    """The side of an error: a false positive or a false negative."""

    FP = "fp"
    FN = "fn"


class Category(StrEnum):
    """Category of an error, in the order in which they are tried; the rule is at the top of this file."""

    CLASSIFICATION = "classification"
    TOKEN = "token"
    MISSING = "missing"
    SPURIOUS = "spurious"
    COORDINATION = "coordination"
    APPOSITION = "apposition"
    LEFT = "left"
    RIGHT = "right"
    OVERLAP = "overlap"

    @property
    def kind(self) -> str:
        """Return the paper's division (Table 7): `type` or `boundary`."""
        return "type" if self is Category.CLASSIFICATION else "boundary"

    @property
    def label(self) -> str:
        """Return the category in words, as in `left boundary`."""
        return _LABELS.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class SentenceSpans:
    """The gold and predicted mentions of a sentence, and what its corpus says about them.

    Attributes:
        identifier: the sentence's name.
        tokens: its tokens.
        gold: its gold mentions.
        predicted: the mentions predicted for it.
        alternatives: annotations that the official score accepts as well, as mentions over tokens.
        within_token: positions in `gold` of mentions that begin or end within a token.
        accepted_gold: positions in `gold` of mentions that count as found by the official score.
        accepted_predicted: positions in `predicted` of mentions that count as right by the official score.
    """

    identifier: str
    tokens: tuple[str, ...]
    gold: tuple[Mention, ...]
    predicted: tuple[Mention, ...]
    alternatives: tuple[Mention, ...] = ()
    within_token: frozenset[int] = frozenset()
    accepted_gold: frozenset[int] = frozenset()
    accepted_predicted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Error:
    """A false positive or a false negative.

    Attributes:
        sentence: the number of its sentence, from 0.
        side: whether it is a false positive or a false negative.
        category: its category.
        mention: the mention itself: predicted if it is a false positive, else gold.
        partners: the mentions of the other side that its category is about; of several with one end right, those of its
            type come first.
        accepted: whether the official score does not count it as an error.
    """

    sentence: int
    side: Side
    category: Category
    mention: Mention
    partners: tuple[Mention, ...]
    accepted: bool

    @property
    def extent(self) -> str:
        """Return `too long` or `too short` for a predicted mention with one end right; else nothing."""
        if self.category not in (Category.LEFT, Category.RIGHT):
            return ""
        own, other = (each.end - each.start for each in (self.mention, self.partners[0]))
        return "too long" if (own > other) == (self.side is Side.FP) else "too short"

    @property
    def other_type(self) -> bool:
        """Whether every mention of the other side that it is compared with has another type."""
        return bool(self.partners) and all(each.type != self.mention.type for each in self.partners)


def find_errors(sentences: Iterable[SentenceSpans]) -> tuple[Error, ...]:
    """Find the errors of all sentences: of each its false negatives, then its false positives, by their first token.

    >>> tokens = ("many", "B", "lineage", "genes")
    >>> gold, predicted = Mention(0, 4, "DNA"), Mention(1, 4, "DNA")
    >>> [(each.side.value, each.category.value, each.extent)
    ...  for each in find_errors([SentenceSpans("S", tokens, (gold,), (predicted,))])]
    [('fn', 'left', 'too short'), ('fp', 'left', 'too short')]
    """
    return tuple(error for number, spans in enumerate(sentences) for error in _sentence_errors(number, spans))


def _sentence_errors(number: int, spans: SentenceSpans) -> list[Error]:
    gold, predicted = spans.gold, spans.predicted
    attainable = {mention for position, mention in enumerate(gold) if position not in spans.within_token}
    given = set(predicted)
    missed = [i for i, mention in enumerate(gold) if i in spans.within_token or mention not in given]
    false = [i for i, mention in enumerate(predicted) if mention not in attainable]
    found = []
    for side, positions, own, other, accepted in (
        (Side.FN, missed, gold, predicted, spans.accepted_gold),
        (Side.FP, false, predicted, gold, spans.accepted_predicted),
    ):
        for position in sorted(positions, key=lambda i: own[i]):
            category, partners = _categorise(own[position], own, other, spans.tokens, side)
            found.append(Error(number, side, category, own[position], partners, position in accepted))
    return found


def _categorise(
    mention: Mention, own: Sequence[Mention], other: Sequence[Mention], tokens: Sequence[str], side: Side
) -> tuple[Category, tuple[Mention, ...]]:
    """Return the category of an error and its partners; the rule is at the top of this file.

    Args:
        mention: the mention in error.
        own: all mentions of its side.
        other: all mentions of the other side.
        tokens: the sentence.
        side: which side is its own.
    """
    near = sorted(each for each in other if each.start < mention.end and mention.start < each.end)
    if not near:
        return (Category.MISSING if side is Side.FN else Category.SPURIOUS), ()
    same = [each for each in near if (each.start, each.end) == (mention.start, mention.end)]
    if same:
        equal = tuple(each for each in same if each.type == mention.type)
        return (Category.TOKEN, equal) if equal else (Category.CLASSIFICATION, tuple(same))
    split = _split(mention, own, near, tokens)
    if split:
        return split
    for category, partners in (
        (Category.LEFT, [each for each in near if each.end == mention.end]),
        (Category.RIGHT, [each for each in near if each.start == mention.start]),
    ):
        if partners:
            return category, tuple(sorted(partners, key=lambda each: each.type != mention.type))
    return Category.OVERLAP, tuple(near)


def _split(
    mention: Mention, own: Sequence[Mention], near: Sequence[Mention], tokens: Sequence[str]
) -> tuple[Category, tuple[Mention, ...]] | None:
    """Return the category of a mention that is one of several within a mention of the other side, or holds several."""
    candidates = [(mention, near, tuple(_within(near, mention)))]
    candidates += [(whole, own, (whole,)) for whole in near if mention in _within(own, whole)]
    for category in (Category.COORDINATION, Category.APPOSITION):
        for whole, pieces, partners in candidates:
            if _relation(_within(pieces, whole), tokens) is category:
                return category, partners
    return None


def _within(mentions: Iterable[Mention], whole: Mention) -> list[Mention]:
    """Return the mentions that lie within another one and are shorter, by their first token."""
    length = whole.end - whole.start
    inside = (each for each in mentions if whole.start <= each.start and each.end <= whole.end)
    return sorted(each for each in inside if each.end - each.start < length)


def _relation(pieces: Sequence[Mention], tokens: Sequence[str]) -> Category | None:
    """Return how the parts of a mention are connected: by a conjunction between any two, or directly."""
    gaps = [tokens[one.end : two.start] for one, two in pairwise(pieces) if one.end <= two.start]
    if any(token.lower() in COORDINATORS for gap in gaps for token in gap):
        return Category.COORDINATION
    return Category.APPOSITION if any(_OPENING_BRACKETS.issuperset(gap) for gap in gaps) else None
