"""The dev split: a seeded share of the training sentences."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from bner.corpora.sentence import Sentence
from bner.errors import BnerError

UNITS = ("sentence", "abstract")


@dataclass(frozen=True)
class Split:
    """Training and dev sentences, each in the corpus's order.

    Attributes:
        train: the sentences to train on.
        dev: the sentences that choose the epoch.
        dropped: sentences of the training part that are in neither, since the test part has them too.
    """

    train: tuple[Sentence, ...]
    dev: tuple[Sentence, ...]
    dropped: tuple[Sentence, ...] = ()

    @property
    def dropped_mentions(self) -> int:
        """Number of gold mentions in the dropped sentences."""
        return sum(len(sentence.mentions) for sentence in self.dropped)

    @property
    def sha256(self) -> str:
        """SHA-256 that names the split.

        It is over the identifiers of the dev sentences, one a line, in the corpus's order; then, where sentences were
        dropped, over an empty line and their identifiers.
        """
        names = [sentence.identifier for sentence in self.dev]
        if self.dropped:
            names += ["", *(sentence.identifier for sentence in self.dropped)]
        return hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest()


def check_split(fraction: float, by: str) -> None:
    """Check the settings of a split before any corpus is read.

    Raises:
        BnerError: `by` is neither `sentence` nor `abstract`, or `fraction` is not between 0 and 1.
    """
    if by not in UNITS:
        raise BnerError(f"corpus.dev_split is '{by}': use {' or '.join(UNITS)}.")
    if not 0 < fraction < 1:
        raise BnerError(
            f"corpus.dev_fraction={fraction} leaves nothing to train on or to choose the epoch on: "
            "use a fraction between 0 and 1."
        )


def split_dev(sentences: Sequence[Sentence], fraction: float, by: str, seed: int) -> Split:
    """Move a share of the sentences, or of the abstracts, from the training part to dev.

    Args:
        sentences: the training part of a corpus.
        fraction: the share to move, in sentences or in abstracts, rounded; at least one is moved and one left.
        by: `sentence` or `abstract`.
        seed: the same seed gives the same split on every machine.

    Raises:
        BnerError: see `check_split`; `by=abstract` where the corpus does not name abstracts; fewer than two sentences
            or abstracts.
    """
    check_split(fraction, by)
    if by == "sentence":
        units = [str(number) for number in range(len(sentences))]
        unit_of = units
    else:
        unit_of = [sentence.document or "" for sentence in sentences]
        if "" in unit_of:
            raise BnerError(
                "corpus.dev_split=abstract needs a corpus that names its abstracts: use dev_split=sentence."
            )
        units = list(dict.fromkeys(unit_of))
    if len(units) < 2:
        raise BnerError(f"the training part has {len(units)} {by}s: at least two are needed, one for dev.")
    size = min(max(round(len(units) * fraction), 1), len(units) - 1)
    chosen = set(random.Random(seed).sample(units, size))
    dev = tuple(sentence for sentence, unit in zip(sentences, unit_of, strict=True) if unit in chosen)
    train = tuple(sentence for sentence, unit in zip(sentences, unit_of, strict=True) if unit not in chosen)
    return Split(train, dev)
