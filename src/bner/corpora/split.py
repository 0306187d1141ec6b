"""The dev split: a seeded tenth of the training sentences."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from bner.corpora.sentence import Sentence
from bner.errors import BnerError


@dataclass(frozen=True)
class Split:
    """Training and dev sentences, each in the corpus's order, and the hash that names the split."""

    train: tuple[Sentence, ...]
    dev: tuple[Sentence, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 over the identifiers of the dev sentences, one a line, in the corpus's order."""
        return hashlib.sha256("".join(f"{sentence.identifier}\n" for sentence in self.dev).encode()).hexdigest()


def split_dev(sentences: Sequence[Sentence], fraction: float, by: str, seed: int) -> Split:
    """Takes a share of the sentences, or of the abstracts, out of the training part as dev.

    Args:
        sentences: the training part of a corpus.
        fraction: the share to take, in sentences or in abstracts, rounded; at least one is taken and one left.
        by: `sentence` or `abstract`.
        seed: the same seed gives the same split on every machine.

    Raises:
        BnerError: `by=abstract` where the corpus does not name abstracts, another word than the two, or a fraction
            that leaves dev or training without a sentence.
    """
    if by == "sentence":
        units = [str(place) for place in range(len(sentences))]
        unit_of = units
    elif by == "abstract":
        unit_of = [sentence.document or "" for sentence in sentences]
        if "" in unit_of:
            raise BnerError(
                "corpus.dev_split=abstract needs a corpus that names its abstracts: use dev_split=sentence."
            )
        units = list(dict.fromkeys(unit_of))
    else:
        raise BnerError(f"corpus.dev_split is '{by}': use sentence or abstract.")
    if not 0 < fraction < 1 or len(units) < 2:
        raise BnerError(
            f"corpus.dev_fraction={fraction} of {len(units)} {by}s leaves nothing to train or to choose on: "
            "take a share between 0 and 1 of at least two."
        )
    size = min(max(round(len(units) * fraction), 1), len(units) - 1)
    chosen = set(random.Random(seed).sample(units, size))
    dev = tuple(sentence for sentence, unit in zip(sentences, unit_of, strict=True) if unit in chosen)
    train = tuple(sentence for sentence, unit in zip(sentences, unit_of, strict=True) if unit not in chosen)
    return Split(train, dev)
