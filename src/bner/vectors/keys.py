"""What a word is looked up as: lower case, and one key for all numbers (Lyu et al. 2017, Preprocessing)."""

from __future__ import annotations

import re

NUMBER = "NUM"
UNKNOWN = "UNKNOWN"

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_NUMBER_LINE = re.compile(r"\n[+-]?\d+(?:[.,]\d+)*%?(?=\n)")


def word_key(token: str) -> str:
    """The key of a token in a table of word vectors.

    >>> [word_key(token) for token in ("IL", "2", "0.05", "-1,000%", "p53", "NUM")]
    ['il', 'NUM', 'NUM', 'NUM', 'p53', 'NUM']
    """
    if token == NUMBER or _NUMBER.fullmatch(token):
        return NUMBER
    return token.lower()


def word_keys(words: str) -> list[str]:
    """The `word_key` of each line of a text, at a tenth of the cost of one call a word: files have millions of words.

    >>> word_keys("IL\\n2\\n\\u03a3\\nNUM\\nnum")
    ['il', 'NUM', '\u03c3', 'NUM', 'num']
    """
    text = f"\n{words}\n"
    # A number has no upper case, and a line end keeps the lower case of one word from depending on the next.
    keys = _NUMBER_LINE.sub(f"\n{NUMBER}", text.lower())[1:-1].split("\n")
    if f"\n{NUMBER}\n" in text:
        for place, word in enumerate(words.split("\n")):
            if word == NUMBER:
                keys[place] = NUMBER
    return keys
