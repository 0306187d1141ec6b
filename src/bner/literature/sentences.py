"""Sentences of paragraphs, and the keys of their tokens, on which word vectors are trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import nupunkt

from bner.corpora.tokenizer import genia_tokens, gm_tokens
from bner.vectors.keys import word_key

# The two corpora tokenise differently, so one text has two views.
VIEWS: Mapping[str, Callable[[str], list[str]]] = {"gm": gm_tokens, "genia": genia_tokens}
_CACHED = 1_000_000  # words; a bound on memory, further words are computed each time


class _Keys(dict[str, str]):
    """Cache of the keys of the tokens between two spaces, joined by spaces: most words occur again."""

    def __init__(self, tokens: Callable[[str], list[str]]) -> None:
        super().__init__()
        self.tokens = tokens

    def __missing__(self, word: str) -> str:
        if word.isalpha() and word.isascii():  # most words: one token by any tokeniser
            keys = word_key(word)
        else:
            keys = " ".join([word_key(token) for token in self.tokens(word)])
        if len(self) < _CACHED:
            self[word] = keys
        return keys


# No tokeniser looks beyond a space, except that GENIA's separates the full stop at a sentence's end: within a sentence
# a word keeps the dot at its end by a dummy token behind it, which is then removed.
_GM = _Keys(gm_tokens)
_GENIA_LAST = _Keys(genia_tokens)
_GENIA = _Keys(lambda word: genia_tokens(f"{word} $")[:-1])
_LINES: Mapping[str, tuple[_Keys, _Keys]] = {"gm": (_GM, _GM), "genia": (_GENIA, _GENIA_LAST)}


def sentences(paragraph: str) -> Iterator[str]:
    """Split a normalised paragraph into sentences.

    >>> list(sentences("E. coli grew (Fig. 2A). IL-2 vs. IL-4 was tested."))
    ['E. coli grew (Fig. 2A).', 'IL-2 vs. IL-4 was tested.']
    """
    return iter(nupunkt.sent_tokenize(paragraph))  # type: ignore[arg-type]


def token_lines(sentence: str, views: Sequence[str]) -> list[str]:
    """Tokenise a sentence into lines of keys, one for each view, equal lines once; single words give no line.

    A line is the `word_key` of each of the view's tokens, joined by spaces.

    >>> token_lines("IL-2 binds", ["gm", "genia"])
    ['il - NUM binds', 'il-2 binds']
    >>> token_lines("It binds", ["gm", "genia"])
    ['it binds']
    """
    *words, last = sentence.split() or [""]
    lines: dict[str, None] = {}
    for view in views:
        inner, final = _LINES[view]
        line = " ".join([*map(inner.__getitem__, words), final[last]])
        if " " in line:
            lines[line] = None
    return list(lines)
