"""Sentences of paragraphs, and lines of their tokens: as keys, for word vectors, or as written, for language models."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import nupunkt

from bner.corpora.tokenizer import genia_tokens, gm_tokens
from bner.vectors.keys import word_key

# The two corpora tokenise differently, so one text has two views.
VIEWS: Mapping[str, Callable[[str], list[str]]] = {"gm": gm_tokens, "genia": genia_tokens}
_CACHED = 1_000_000  # words; a bound on memory, further words are computed each time


class _Tokens(dict[str, str]):
    """Cache of the tokens between two spaces, each as its key or as written, joined by spaces: most words recur."""

    def __init__(self, tokens: Callable[[str], list[str]], write: Callable[[str], str]) -> None:
        super().__init__()
        self.tokens, self.write = tokens, write

    def __missing__(self, word: str) -> str:
        if word.isalpha() and word.isascii():  # most words: one token by any tokeniser
            written = self.write(word)
        else:
            written = " ".join([self.write(token) for token in self.tokens(word)])
        if len(self) < _CACHED:
            self[word] = written
        return written


# No tokeniser looks beyond a space, except that GENIA's separates the full stop at a sentence's end: within a sentence
# a word keeps the dot at its end by a dummy token behind it, which is then removed.
def _inner_genia(word: str) -> list[str]:
    return genia_tokens(f"{word} $")[:-1]


def _caches(write: Callable[[str], str]) -> Mapping[str, tuple[_Tokens, _Tokens]]:
    """Return for each view the caches of the words within a sentence and of its last word."""
    gm = _Tokens(gm_tokens, write)
    return {"gm": (gm, gm), "genia": (_Tokens(_inner_genia, write), _Tokens(genia_tokens, write))}


_KEYS, _FORMS = _caches(word_key), _caches(str)


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
    lines = dict.fromkeys(_line(sentence, _KEYS[view]) for view in views)
    return [line for line in lines if " " in line]


def form_lines(sentence: str, views: Sequence[str]) -> list[str]:
    """Tokenise a sentence into a line of tokens as they are written, in one view; a single word gives no line.

    Which of several views it is follows from a hash of the sentence, so that each has its share of the sentences.

    >>> form_lines("IL-2 binds", ["gm"])
    ['IL - 2 binds']
    """
    view = views[zlib.crc32(sentence.encode(errors="replace")) % len(views)]
    line = _line(sentence, _FORMS[view])
    return [line] if " " in line else []


def _line(sentence: str, caches: tuple[_Tokens, _Tokens]) -> str:
    *words, last = sentence.split() or [""]
    inner, final = caches
    return " ".join([*map(inner.__getitem__, words), final[last]])
