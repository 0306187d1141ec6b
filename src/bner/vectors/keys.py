"""Keys: the forms under which words are looked up in tables of vectors.

There are two rules, chosen by `embedding.digits`; both look words up in lower case.

- `num`: a number becomes NUM, and digits within other words stay (Lyu et al. 2017, Preprocessing).
- `zero`: every digit becomes 0, one for one, as in the program that made the paper's published scores.

A file that itself writes numbers as NUM, as those of `bner embed` do, has no rows for numbers under `zero`: they are
unknown words then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bner.errors import BnerError

NUMBER = "NUM"
UNKNOWN = "UNKNOWN"

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_NUMBER_LINE = re.compile(r"\n[+-]?\d+(?:[.,]\d+)*%?(?=\n)")
_ZEROS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Rule that makes words into keys.

    Attributes:
        key: the key of one word.
        keys: the key of each line of a text, at a tenth of the cost of one call a word: files have millions of words.
    """

    key: Callable[[str], str]
    keys: Callable[[str], list[str]]


def word_key(word: str, digits: str = "num") -> str:
    """Compute the key of a word in a table of word vectors.

    Args:
        word: the word as it is written.
        digits: the rule, `num` or `zero`.

    >>> [word_key(word) for word in ("IL", "2", "0.05", "-1,000%", "p53", "NUM")]
    ['il', 'NUM', 'NUM', 'NUM', 'p53', 'NUM']
    >>> [word_key(word, "zero") for word in ("IL", "2", "0.05", "-1,000%", "p53", "NUM")]
    ['il', '0', '0.00', '-0,000%', 'p00', 'num']
    """
    return RULES[digits].key(word)


def word_keys(words: str, digits: str = "num") -> list[str]:
    """Compute the `word_key` of each line of a text.

    >>> word_keys("IL\\n2\\n\\u03a3\\nNUM\\nnum")
    ['il', 'NUM', '\u03c3', 'NUM', 'num']
    >>> word_keys("IL\\n12\\n\\u03a3\\nP53", "zero")
    ['il', '00', '\u03c3', 'p00']
    """
    return RULES[digits].keys(words)


def check_digits(digits: str) -> None:
    """Compare the name of a rule with those that exist.

    Raises:
        BnerError: there is no such rule.
    """
    if digits not in RULES:
        raise BnerError(f"embedding.digits is '{digits}': use {' or '.join(RULES)}.")


def _num_key(word: str) -> str:
    if word == NUMBER or _NUMBER.fullmatch(word):
        return NUMBER
    return word.lower()


def _num_keys(words: str) -> list[str]:
    text = f"\n{words}\n"
    # A number has no upper case, and a line end keeps the lower case of one word from depending on the next.
    keys = _NUMBER_LINE.sub(f"\n{NUMBER}", text.lower())[1:-1].split("\n")
    if f"\n{NUMBER}\n" in text:
        for position, word in enumerate(words.split("\n")):
            if word == NUMBER:
                keys[position] = NUMBER
    return keys


def _zero_key(word: str) -> str:
    return word.lower().translate(_ZEROS)


def _zero_keys(words: str) -> list[str]:
    return words.lower().translate(_ZEROS).split("\n")


RULES: Mapping[str, KeyRule] = {"num": KeyRule(_num_key, _num_keys), "zero": KeyRule(_zero_key, _zero_keys)}
