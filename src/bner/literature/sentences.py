"""Paragraphs to sentences, and sentences to the tokens that word vectors are trained on and looked up by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import nupunkt

from bner.corpora.tokenizer import genia_tokens, gm_tokens
from bner.vectors.keys import word_key

# The two corpora cut words differently, so one text can be seen in two ways.
VIEWS: Mapping[str, Callable[[str], list[str]]] = {"gm": gm_tokens, "genia": genia_tokens}
_REMEMBERED = 1_000_000  # words; a bound on memory, what does not fit is computed each time


class _Keys(dict[str, str]):
    """The keys of what stands between two spaces, put together with spaces, remembered: most words come again."""

    def __init__(self, tokens: Callable[[str], list[str]]) -> None:
        super().__init__()
        self.tokens = tokens

    def __missing__(self, word: str) -> str:
        if word.isalpha() and word.isascii():  # most are: one token, whichever the tokeniser
            keys = word_key(word)
        else:
            keys = " ".join([word_key(token) for token in self.tokens(word)])
        if len(self) < _REMEMBERED:
            self[word] = keys
        return keys


# Neither tokeniser looks beyond a space, but for GENIA's full stop at a sentence's end: within a sentence a dot at the
# end of a word is left to it by a mark behind it, which is then taken off.
_GM = _Keys(gm_tokens)
_GENIA_LAST = _Keys(genia_tokens)
_GENIA = _Keys(lambda word: genia_tokens(f"{word} $")[:-1])
_LINES: Mapping[str, tuple[_Keys, _Keys]] = {"gm": (_GM, _GM), "genia": (_GENIA, _GENIA_LAST)}


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a normalised paragraph.

    >>> list(sentences("E. coli grew (Fig. 2A). IL-2 vs. IL-4 was tested."))
    ['E. coli grew (Fig. 2A).', 'IL-2 vs. IL-4 was tested.']
    """
    return iter(nupunkt.sent_tokenize(paragraph))  # type: ignore[arg-type]


def token_lines(sentence: str, views: Sequence[str]) -> list[str]:
    """The sentence as lines of keys, one for each view of it, each different line once; single words make no line.

    A line is `word_key` of the view's tokens, put together with spaces.

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
