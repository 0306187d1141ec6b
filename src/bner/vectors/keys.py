"""What a word is looked up as: lower case, and one key for all numbers (Lyu et al. 2017, Preprocessing)."""

from __future__ import annotations

import re

NUMBER = "NUM"
UNKNOWN = "UNKNOWN"

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")


def word_key(token: str) -> str:
    """The key of a token in a table of word vectors.

    >>> [word_key(token) for token in ("IL", "2", "0.05", "-1,000%", "p53", "NUM")]
    ['il', 'NUM', 'NUM', 'NUM', 'p53', 'NUM']
    """
    if token == NUMBER or _NUMBER.fullmatch(token):
        return NUMBER
    return token.lower()
