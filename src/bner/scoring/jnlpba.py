"""The official score of JNLPBA 2004: fully correct mentions, left boundaries and right boundaries.

A left boundary is right where a predicted mention begins on the token on which a gold mention of the same type begins;
a right boundary likewise with the last tokens. Recall is over gold mentions, precision over predicted ones, for each
type and over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from bner.corpora.sentence import Mention
from bner.scoring.spans import Counts

ALL = "all"
MATCHES: dict[str, Callable[[Mention], Hashable]] = {
    "full": lambda mention: mention,
    "left": lambda mention: (mention.start, mention.type),
    "right": lambda mention: (mention.end, mention.type),
}


def jnlpba_counts(
    gold: Iterable[Sequence[Mention]], predicted: Iterable[Sequence[Mention]], types: Sequence[str]
) -> dict[tuple[str, str], Counts]:
    """The counts for every pair of a type (or `all`) and one of `full`, `left` and `right`.

    Args:
        gold: the gold mentions of each sentence.
        predicted: the predicted mentions of each sentence.
        types: the types to report; `all` is over these.

    Raises:
        ValueError: the two have different numbers of sentences, or a mention is of none of the types.

    >>> counts = jnlpba_counts([[Mention(0, 3, "DNA")]], [[Mention(0, 2, "DNA")]], ["DNA"])
    >>> counts["DNA", "full"], counts["all", "left"]
    (Counts(tp=0, fp=1, fn=1), Counts(tp=1, fp=0, fn=0))
    """
    counts = {(type_, match): Counts() for type_ in (ALL, *types) for match in MATCHES}
    for expected, found in zip(gold, predicted, strict=True):
        for type_ in {mention.type for mention in (*expected, *found)}:
            if type_ not in types:
                raise ValueError(f"type {type_} is not among {', '.join(types)}")
            its_gold = [mention for mention in expected if mention.type == type_]
            its_found = [mention for mention in found if mention.type == type_]
            for match, key in MATCHES.items():
                gold_keys, found_keys = set(map(key, its_gold)), set(map(key, its_found))
                here = Counts(
                    sum(key(mention) in gold_keys for mention in its_found),
                    sum(key(mention) not in gold_keys for mention in its_found),
                    sum(key(mention) not in found_keys for mention in its_gold),
                )
                counts[type_, match] += here
                counts[ALL, match] += here
    return counts
