"""Keys of many words at once are those of each word alone, by both rules."""

from __future__ import annotations

import random

import pytest

from bner.errors import BnerError
from bner.vectors.keys import NUMBER, RULES, check_digits, word_key, word_keys
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
    "9",
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

both_rules = pytest.mark.parametrize("digits", RULES)


@both_rules
def test_random_words(digits: str) -> None:
    draw = random.Random(1)
    for _ in range(2000):
        words = ["".join(draw.choices(PIECES, k=draw.randint(0, 6))) for _ in range(draw.randint(1, 12))]
        assert word_keys("\n".join(words), digits) == [word_key(word, digits) for word in words]


@both_rules
def test_every_character(digits: str) -> None:
    characters = [chr(point) for point in range(0x110000) if chr(point) != "\n"]
    assert word_keys("\n".join(characters), digits) == [word_key(character, digits) for character in characters]


@both_rules
@pytest.mark.parametrize("number", [True, False])
def test_the_wanted_words_are_those_of_a_wanted_key(number: bool, digits: str) -> None:
    draw = random.Random(2)
    words = ["".join(draw.choices(PIECES, k=draw.randint(0, 12))) for _ in range(3000)]
    keys = {word_key(word, digits) for word in words[::3]} | {"", "a" * 30}
    keys = keys | {NUMBER} if number else keys - {NUMBER}
    wanted = Wanted(keys, digits)
    for start, stop in ((0, 3000), (7, 8), (2990, 3000), (100, 1500)):
        expected = [at for at, word in enumerate(words[start:stop]) if word_key(word, digits) in keys]
        assert wanted("\n".join(words[start:stop]).encode()) == expected
    assert Wanted(set(), digits)(b"a\n1\n\n\xc3\xa9") == []


@both_rules
def test_every_character_is_wanted_under_its_key(digits: str) -> None:
    characters = [chr(point) for point in range(0x20, 0x110000) if not 0xD800 <= point < 0xE000]
    text = "\n".join(characters).encode()
    assert Wanted({word_key(character, digits) for character in characters}, digits)(text) == list(
        range(len(characters))
    )
    expected = [at for at, character in enumerate(characters) if word_key(character, digits) == NUMBER]
    assert Wanted({NUMBER}, digits)(text) == expected


def test_the_rule_of_the_papers_program() -> None:
    words = ("IL-2", "p53", "12", "3.5%", "T4", "NUM", "(1-3)")
    assert [word_key(word, "zero") for word in words] == ["il-0", "p00", "00", "0.0%", "t0", "num", "(0-0)"]


def test_there_is_no_other_rule() -> None:
    with pytest.raises(BnerError, match=r"embedding\.digits is 'none': use num or zero"):
        check_digits("none")
