"""Keys of many words at once are those of each word alone."""

from __future__ import annotations

import random

import pytest

from bner.vectors.keys import NUMBER, word_key, word_keys
from bner.vectors.wanted import Wanted

PIECES = (
    "A",
    "b",
    "\u03a3",
    "\u0130",
    "\u0661",
    "\u00c9",
    "1",
    "0",
    "+",
    "-",
    ".",
    ",",
    "%",
    "NUM",
    "num",
    " ",
    "'",
    "\r",
)


def test_random_words() -> None:
    draw = random.Random(1)
    for _ in range(2000):
        words = ["".join(draw.choices(PIECES, k=draw.randint(0, 6))) for _ in range(draw.randint(1, 12))]
        assert word_keys("\n".join(words)) == [word_key(word) for word in words]


def test_every_character() -> None:
    characters = [chr(point) for point in range(0x110000) if chr(point) != "\n"]
    assert word_keys("\n".join(characters)) == [word_key(character) for character in characters]


@pytest.mark.parametrize("number", [True, False])
def test_the_wanted_words_are_those_of_a_wanted_key(number: bool) -> None:
    draw = random.Random(2)
    words = ["".join(draw.choices(PIECES, k=draw.randint(0, 12))) for _ in range(3000)]
    keys = {word_key(word) for word in words[::3]} | {"", "a" * 30}
    keys = keys | {NUMBER} if number else keys - {NUMBER}
    wanted = Wanted(keys)
    for start, stop in ((0, 3000), (7, 8), (2990, 3000), (100, 1500)):
        expected = [place for place, word in enumerate(words[start:stop]) if word_key(word) in keys]
        assert wanted("\n".join(words[start:stop]).encode()) == expected
    assert Wanted(set())(b"a\n1\n\n\xc3\xa9") == []


def test_every_character_is_wanted_under_its_key() -> None:
    characters = [chr(point) for point in range(0x20, 0x110000) if not 0xD800 <= point < 0xE000]
    text = "\n".join(characters).encode()
    assert Wanted({word_key(character) for character in characters})(text) == list(range(len(characters)))
    expected = [place for place, character in enumerate(characters) if word_key(character) == NUMBER]
    assert Wanted({NUMBER})(text) == expected
