"""Selection of the wanted words among millions: a fingerprint dismisses most of them, and the key decides the rest.

A file's words are compared as bytes, all of a block in a few steps of numpy: to make text and a key of each would take
longer than to read the file.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from bner.vectors.keys import NUMBER, word_keys

_BITS = 20  # of a fingerprint: one unwanted word in 30 passes where 33,000 keys are wanted
_LINE_END, _ZERO, _PLUS, _MINUS, _LAST_ASCII = 10, 48, 43, 45, 127
# The first and the last n bytes of eight, as numbers in little-endian order.
_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
_LAST = np.array([(1 << 64) - (1 << 8 * (8 - n)) for n in range(9)], np.uint64)
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)  # odd, and without pattern
_LOWER = bytes(range(256)).lower()
# What each rule does to ASCII letters and digits within a word.
_FOLDED = {"num": _LOWER, "zero": _LOWER.translate(bytes.maketrans(b"123456789", b"000000000"))}


class Wanted:
    """Keep the words whose key is wanted: a `bner.vectors.streams.Select`.

    >>> Wanted({"the", "NUM"})(b"The\\nthen\\n1.5\\nTHE\\nNUM\\nnum")
    [0, 2, 3, 4]
    >>> Wanted({"p00", "0"}, "zero")(b"p53\\nP12\\n5\\n12\\np5")
    [0, 1, 2]
    """

    def __init__(self, keys: Collection[str], digits: str = "num") -> None:
        self._keys = frozenset(keys)
        self._digits = digits
        self._folded = _FOLDED[digits]
        self._numbers = digits == "num" and NUMBER in self._keys  # their key shares no letter with them
        spelt = "\n".join(self._keys).encode(errors="replace").translate(self._folded)
        self._passes = np.zeros(1 << _BITS, np.bool_)
        self._passes[_fingerprints(*_lines(spelt))] = True

    def __call__(self, words: bytes) -> list[int]:
        """Return the positions of the wanted ones among words, one a line."""
        content, begins, ends = _lines(words.translate(self._folded))
        maybe = self._passes[_fingerprints(content, begins, ends)]
        if self._numbers:
            first = content[begins]
            maybe |= (first - np.uint8(_ZERO) < 10) | (first == _PLUS) | (first == _MINUS)
        if not words.isascii():  # the lower case of other letters, and other digits, are left to word_keys
            maybe[np.searchsorted(ends, np.flatnonzero(content > _LAST_ASCII))] = True
        positions = np.flatnonzero(maybe)
        if not positions.size:
            return []
        cuts = zip((begins[positions] - 8).tolist(), (ends[positions] - 8).tolist(), strict=True)
        text = b"\n".join([words[begin:end] for begin, end in cuts]).decode(errors="replace")
        keys = word_keys(text, self._digits)
        return [position for position, key in zip(positions.tolist(), keys, strict=True) if key in self._keys]


def _lines(words: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return the bytes, with eight more on either side, and the positions where each line begins and ends in them."""
    content = np.frombuffer(bytes(8) + words + b"\n" + bytes(8), np.uint8)
    ends = np.flatnonzero(content == _LINE_END)
    return content, np.concatenate(([8], ends[:-1] + 1)), ends


def _fingerprints(content: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Compute a number below 2**_BITS for each line, from its first eight bytes, its last eight, and its length."""
    eight = np.ndarray((len(content) - 7,), "<u8", content.data, 0, (1,))  # the eight bytes from each one on
    lengths = ends - begins
    short = np.minimum(lengths, 8)
    mixed: NDArray[np.uint64] = (eight[begins] & _FIRST[short]) * _FACTORS[0]
    mixed ^= (eight[ends - 8] & _LAST[short]) * _FACTORS[1]
    mixed ^= lengths.astype(np.uint64) * _FACTORS[2]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FACTORS[0]
    return mixed >> np.uint64(64 - _BITS)
