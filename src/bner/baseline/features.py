"""Hand-made features of the tokens of a sentence: of each word, its neighbours, and the brackets around it."""

from __future__ import annotations

from collections.abc import Sequence

from bner.baseline.clusters import WordClusters
from bner.baseline.word_features import CLOSING, OPENING, compressed_shape, word_features

# Positions whose words are joined into one feature.
_BIGRAMS = ((-2, -1), (-1, 0), (0, 1), (1, 2))
_TRIGRAMS = ((-1, 0, 1),)
_NEAR = ("shape=", "case=", "has_digit", "number", "greek", "roman", "bracket", "hyphen")  # of the next words
_CACHED = 200_000  # word forms
_NO_CLUSTERS = WordClusters()


class FeatureExtractor:
    """Extract the features of sentences, keeping those of each word form between calls.

    Args:
        window: the words on each side whose features a token has too.
        clusters: of words; none by default.
    """

    def __init__(self, window: int = 2, clusters: WordClusters = _NO_CLUSTERS) -> None:
        self.window = window
        self.clusters = clusters
        self._forms: dict[str, _Form] = {}

    def extract(self, tokens: Sequence[str]) -> list[list[str]]:
        """Return the features of each token of a sentence.

        A feature of a word other than the token itself begins with its position, as in `-1:l=the`.
        """
        forms = [self._form(token) for token in tokens]
        inside = inside_brackets(tokens)
        return [self._token(forms, position, inside[position]) for position in range(len(tokens))]

    def _token(self, forms: Sequence[_Form], position: int, inside: bool) -> list[str]:
        found = ["bias", *forms[position].own]
        for offset in range(-self.window, self.window + 1):
            there = position + offset
            if offset and 0 <= there < len(forms):
                form = forms[there]
                found += [f"{offset}:{name}" for name in (form.next if abs(offset) == 1 else form.far)]
            elif there in (-1, len(forms)):
                found.append(f"{offset}:edge")
        for offsets in (*_BIGRAMS, *_TRIGRAMS):
            if max(map(abs, offsets)) <= self.window:
                found += _joined(forms, position, offsets)
        if inside:
            found.append("inside_brackets")
        return found

    def _form(self, word: str) -> _Form:
        known = self._forms.get(word)
        if known is None:
            if len(self._forms) >= _CACHED:
                self._forms.clear()
            known = self._forms[word] = _Form(word, self.clusters)
        return known


class _Form:
    """Features of a word form: as the token itself, as the next word, and as a word further away."""

    __slots__ = ("cluster", "far", "lower", "next", "own", "parts")

    def __init__(self, word: str, clusters: WordClusters) -> None:
        self.lower = word.lower()
        self.parts = compressed_shape(word)
        self.cluster = clusters.of(word)
        names = [] if self.cluster is None else [f"cluster={self.cluster}"]
        self.own = [*word_features(word), *names]
        self.far = [f"l={self.lower}", f"parts={self.parts}", *names]
        suffix = [f"suffix={self.lower[-3:]}"] if len(word) > 3 else []
        self.next = [*self.far, *suffix, *(name for name in self.own if name.startswith(_NEAR))]


def inside_brackets(tokens: Sequence[str]) -> list[bool]:
    """Return for each token whether a bracket that closes later in the sentence is open before it.

    Brackets themselves are inside only where they are nested; one without its partner opens nothing.

    >>> inside_brackets(["a", "(", "b", ")", ")", "(", "c"])
    [False, False, True, False, False, False, False]
    """
    inside = [False] * len(tokens)
    open_: list[int] = []
    for position, token in enumerate(tokens):
        if token in OPENING:
            open_.append(position)
        elif token in CLOSING and open_:
            start = open_.pop()
            inside[start + 1 : position] = [True] * (position - start - 1)
    return inside


def _joined(forms: Sequence[_Form], position: int, offsets: tuple[int, ...]) -> list[str]:
    """Return the words of several positions as one feature, their shapes as another, and their clusters as a third."""
    if position + offsets[0] < 0 or position + offsets[-1] >= len(forms):
        return []
    chosen = [forms[position + offset] for offset in offsets]
    name = ",".join(map(str, offsets))
    found = [f"{name}:l={'|'.join(form.lower for form in chosen)}", f"{name}:parts={'|'.join(f.parts for f in chosen)}"]
    if all(form.cluster is not None for form in chosen):
        found.append(f"{name}:cluster={'|'.join(str(form.cluster) for form in chosen)}")
    return found
