"""Normalisation of published text to the characters of the corpora, which are ASCII: Greek by name, plain quotes."""

from __future__ import annotations

import functools
import re
import unicodedata

# From U+03B1 on; the second sigma is the final one.
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_PLAIN = {
    **{chr(0x3B1 + number): name for number, name in enumerate(_GREEK)},
    **{chr(0x391 + number): name for number, name in enumerate(_GREEK)},
    "\u03d1": "theta", "\u03d5": "phi", "\u03f5": "epsilon", "\u03d6": "pi", "\u03f0": "kappa", "\u03f1": "rho",
    "\u00b5": "mu", "\u2206": "delta",
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d\u2043", "-"),
    **dict.fromkeys("\u2014\u2015", " - "),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    "\u00b0": " degrees ", "\u00d7": " x ", "\u00b1": "+/-", "\u2026": "...", "\u2044": "/", "\u223c": "~",
    "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L",
    "\u0131": "i", "\u0153": "oe", "\u0152": "OE",
    **dict.fromkeys("\u200b\u200c\u200d\u00ad\ufeff", ""),
}  # fmt: skip
_MICRO = re.compile(r"[\u00b5\u03bc](?<![^\W\d_].)(?=(?:mol|M|m|l|L|g|s|V|A|Ci|N|F|W)(?![^\W\d_]))")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def normalized(text: str) -> str:
    """Normalise text to the corpora's characters and single spaces.

    Greek letters become lower-case English names without spaces, a mu before a unit becomes "micro", accents are
    removed, compatibility forms (NFKC: ligatures, superscripts, wide letters) become plain letters. Signs that have no
    plain form stay.

    >>> normalized("NF-\u03baB at 5\u00a0\u03bcM\u2014not IFN\u2010\u03b3 in Sj\u00f6gren\u2019s")
    "NF-kappaB at 5 microM - not IFN-gamma in Sjogren's"
    """
    if not text.isascii():
        text = _NOT_ASCII.sub(_plain, _MICRO.sub("micro", text))
    return " ".join(text.split())


def _plain(match: re.Match[str]) -> str:
    return _plain_run(match.group())


@functools.lru_cache(maxsize=1 << 16)
def _plain_run(run: str) -> str:
    plain = []
    for character in run:
        if character in _PLAIN:
            plain.append(_PLAIN[character])
            continue
        for part in unicodedata.normalize("NFKD", character):  # which separates accents from their letters
            if not unicodedata.combining(part):
                plain.append(_PLAIN.get(part, part))
    return unicodedata.normalize("NFC", "".join(plain))
