"""Hand-made features of one word by itself: spelling, affixes, shape, letters, digits and punctuation.

Feature-based taggers of genes and proteins use the same (Settles 2004; Leaman and Gonzalez 2008), and lexicons.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby, pairwise

PREFIX, SUFFIX = 4, 5  # the longest affixes
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
_MANY_PARTS = 5

_GREEK = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
     "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega")
)  # fmt: skip
_ROMAN = re.compile(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})|(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_DIGITS = re.compile(r"\d+")
_DNA = re.compile(r"[ACGTU]{3,}")


def word_features(word: str) -> list[str]:
    """Compute the features of a word, each a name and, where it has one, a value.

    >>> word_features("p53")[:6]
    ['w=p53', 'l=p53', 'n=p0', 'shape=a00', 'parts=a0', 'length=3']
    """
    lower = word.lower()
    parts = compressed_shape(word)
    found = [
        f"w={word}", f"l={lower}", f"n={_DIGITS.sub('0', lower)}", f"shape={shape(word)}", f"parts={parts}",
        f"length={min(len(word), 10)}", f"case={casing(word)}",
    ]  # fmt: skip
    found += [f"prefix={lower[:size]}" for size in range(1, PREFIX + 1) if size < len(word)]
    found += [f"suffix={lower[-size:]}" for size in range(1, SUFFIX + 1) if size < len(word)]
    # Each change of character type once, as in IL-2's letter to hyphen and hyphen to digit.
    found += [f"change={change}" for change in dict.fromkeys(map("".join, pairwise(parts)))]
    found += [name for name, holds in _yes_or_no(word, lower, parts) if holds]
    return found


def shape(word: str) -> str:
    """Replace capital letters by A, small ones by a, digits by 0, Greek letters by G, and all else by itself.

    >>> shape("IL-2R\\u03b1")
    'AA-0AG'
    """
    return "".join(map(_kind, word))


def compressed_shape(word: str) -> str:
    """Write each run of equal characters of the shape once.

    >>> compressed_shape("mRNA-1234")
    'aA-0'
    """
    return "".join(kind for kind, _ in groupby(shape(word)))


def casing(word: str) -> str:
    """Name how a word uses capitals: none, lower, upper, initial, or mixed.

    >>> [casing(word) for word in ("12", "gene", "DNA", "Ras", "cDNA", "A")]
    ['none', 'lower', 'upper', 'initial', 'mixed', 'upper']
    """
    if not any(map(str.isalpha, word)):
        return "none"
    if word.islower():
        return "lower"
    if word.isupper():
        return "upper"
    return "initial" if word[0].isupper() and word[1:].islower() else "mixed"


def is_greek(word: str) -> bool:
    """Return whether a word is the name of a Greek letter, or has a Greek letter in it.

    >>> [is_greek(word) for word in ("Alpha", "TNF\\u03b1", "alphabet")]
    [True, True, False]
    """
    return word.lower() in _GREEK or "G" in map(_kind, word)


def is_roman(word: str) -> bool:
    """Return whether a word is a roman numeral up to 39, in capitals or small letters.

    >>> [is_roman(word) for word in ("II", "iv", "IIII", "Iv", "")]
    [True, True, False, False, False]
    """
    return _ROMAN.fullmatch(word) is not None


def _yes_or_no(word: str, lower: str, parts: str) -> list[tuple[str, bool]]:
    """Return the features that a word has or has not."""
    return [
        ("has_digit", "0" in parts),
        ("number", _NUMBER.fullmatch(word) is not None),
        ("letters_and_digits", "0" in parts and ("a" in parts or "A" in parts)),
        ("has_hyphen", "-" in word and len(word) > 1),
        ("hyphen", word == "-"),
        ("has_slash", "/" in word),
        ("punctuation", not any(map(str.isalnum, word))),
        ("greek", is_greek(word)),
        ("has_greek_name", any(part in _GREEK for part in re.split(r"[^a-z]+", lower))),
        ("roman", is_roman(word)),
        ("single_letter", len(word) == 1 and word.isalpha()),
        ("nucleotides", _DNA.fullmatch(word) is not None),
        ("bracket", word in OPENING or word in CLOSING),
        ("many_parts", len(parts) >= _MANY_PARTS),
        ("ends_in_digit", parts.endswith("0") and len(parts) > 1),
        ("plural_of_capitals", len(word) > 2 and word.endswith("s") and word[:-1].isupper()),
    ]


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if not character.isalpha():
        return character
    if not character.isascii() and unicodedata.name(character, "").startswith("GREEK"):
        return "G"
    return "A" if character.isupper() else "a"
