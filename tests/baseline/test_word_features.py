"""Features of single words, each seen on words that have it and on words that have not."""

from __future__ import annotations

import pytest

from bner.baseline.word_features import casing, compressed_shape, is_roman, shape, word_features


def test_the_features_of_a_word_in_full() -> None:
    assert word_features("IL2-R") == [
        "w=IL2-R", "l=il2-r", "n=il0-r", "shape=AA0-A", "parts=A0-A", "length=5", "case=upper",
        "prefix=i", "prefix=il", "prefix=il2", "prefix=il2-", "suffix=r", "suffix=-r", "suffix=2-r", "suffix=l2-r",
        "change=A0", "change=0-", "change=-A", "has_digit", "letters_and_digits", "has_hyphen",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words", "others"),
    [
        ("greek", ("beta", "Kappa", "TNF\u03b1"), ("betaine", "b", "TNFa")),
        ("has_greek_name", ("NF-kappaB".replace("B", "-B"), "alpha-actin"), ("alphabet", "p53")),
        ("roman", ("II", "iv", "X", "XIV"), ("IIII", "Iv", "IC", "1")),
        ("has_digit", ("p53", "2"), ("p", "-")),
        ("number", ("12", "0.05", "-3", "1,000%"), ("p53", "1-2", "NUM")),
        ("letters_and_digits", ("p53", "IL2"), ("53", "IL")),
        ("has_hyphen", ("IL-2", "anti-"), ("-", "IL2")),
        ("hyphen", ("-",), ("--", "a-b")),
        ("has_slash", ("Ras/MAPK", "/"), ("Ras",)),
        ("punctuation", (".", "(", "--"), ("a.", "5'")),
        ("bracket", ("(", "]", "{"), ("()", "a")),
        ("single_letter", ("B", "c"), ("5", "-", "Bc")),
        ("nucleotides", ("GATA", "AUG"), ("GA", "gata", "GATX")),
        ("many_parts", ("a1b2c", "NF-k-B"), ("p53", "IL-2")),
        ("ends_in_digit", ("p53", "IL-2"), ("53", "2a")),
        ("plural_of_capitals", ("MAPKs", "RNAs"), ("As", "genes", "RNA")),
    ],
)
def test_what_a_word_has_or_has_not(name: str, words: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert [word for word in words if name not in word_features(word)] == []
    assert [word for word in others if name in word_features(word)] == []


def test_affixes_are_shorter_than_the_word() -> None:
    affixes = [name for name in word_features("Ras") if name.startswith(("prefix", "suffix"))]
    assert affixes == ["prefix=r", "prefix=ra", "suffix=s", "suffix=as"]
    assert not [name for name in word_features("a") if name.startswith(("prefix", "suffix"))]
    longest = max((name for name in word_features("phosphorylation") if name.startswith("suffix")), key=len)
    assert longest == "suffix=ation"


def test_shapes_and_casing() -> None:
    assert (shape("mRNA-1234"), compressed_shape("mRNA-1234")) == ("aAAA-0000", "aA-0")
    assert [casing(word) for word in ("McCoy", "Ras", "x", "-")] == ["mixed", "initial", "lower", "none"]
    assert not is_roman("")


def test_no_feature_comes_twice() -> None:
    for word in ("IL-2-R-2", "aa", "----", "alpha-alpha"):
        features = word_features(word)
        assert len(set(features)) == len(features)
