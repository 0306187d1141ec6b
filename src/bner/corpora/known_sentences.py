"""Sentences that are known by their letters and digits, to be left out of text that is trained on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHORTEST = 25  # letters and digits by which one sentence is taken for another
_OTHERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class KnownSentences:
    """A set of sentences, compared by their letters and digits in lower case; shorter ones than 25 are not in it.

    Attributes:
        hashes: of the sentences, eight bytes each as a number, small enough to be sent to other processes.
    """

    hashes: frozenset[int] = frozenset()

    @property
    def digest(self) -> str:
        """A hash of the set."""
        return hashlib.sha256(" ".join(map(str, sorted(self.hashes))).encode()).hexdigest()[:16]

    def find(self, sentences: Sequence[str]) -> list[bool]:
        """Return which of a paragraph's sentences are known, or are the halves of one, or all where it is one.

        >>> known = known_sentences(["The p53 protein of E. coli binds nothing."])
        >>> known.find(["the p53 protein of E.coli binds NOTHING", "It binds."])
        [True, False]
        >>> known.find(["Yes.", "The p53 protein of E.", "coli binds nothing."])
        [False, True, True]
        """
        found = [False] * len(sentences)
        if not self.hashes:
            return found
        written = [letters(sentence) for sentence in sentences]
        if self._has("".join(written)):
            return [True] * len(sentences)
        for number, own in enumerate(written):
            if self._has(own):
                found[number] = True
            elif number and self._has(written[number - 1] + own):
                found[number - 1] = found[number] = True
        return found

    def _has(self, written: str) -> bool:
        return len(written) >= SHORTEST and _hash(written) in self.hashes


def known_sentences(sentences: Iterable[str]) -> KnownSentences:
    """Return the set of these sentences."""
    written = map(letters, sentences)
    return KnownSentences(frozenset(_hash(each) for each in written if len(each) >= SHORTEST))


def letters(text: str) -> str:
    """Return the letters and digits of a text, in lower case and ASCII alone.

    >>> letters("NF-kappa B (p65)")
    'nfkappabp65'
    """
    return _OTHERS.sub("", text.lower())


def _hash(written: str) -> int:
    return int.from_bytes(hashlib.blake2b(written.encode(), digest_size=8).digest(), "little")
