"""Sentences that training shares with test: found by tokens and by abstract, dropped from training alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.corpora.duplicates import from_abstracts_of, with_tokens_of, without_duplicates
from bner.corpora.iob2 import IOB2Config
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.split import Split
from bner.errors import BnerError
from tests.conftest import IOB2, write


def sentence(identifier: str, text: str, document: str | None = None, *mentions: Mention) -> Sentence:
    return Sentence(identifier, tuple(text.split()), mentions, document=document)


def names(sentences: tuple[Sentence, ...]) -> list[str]:
    return [each.identifier for each in sentences]


TEST = (sentence("t1", "The p53 gene ."), sentence("t2", "IL-2 binds .", "9"))


def test_case_is_ignored_and_tokenisation_is_not() -> None:
    train = (sentence("a", "the P53 gene ."), sentence("b", "The p53 gene."), sentence("c", "The p53 gene . again"))
    assert names(with_tokens_of(train, TEST)) == ["a"]


def test_sentences_without_an_abstract_share_none() -> None:
    train = (sentence("a", "x"), sentence("b", "y", "9"), sentence("c", "z", "8"))
    assert names(from_abstracts_of(train, TEST)) == ["b"]


def test_training_loses_what_test_has_and_dev_loses_nothing() -> None:
    protein = Mention(0, 1, "protein")
    train = (sentence("a", "the p53 gene .", None, protein), sentence("b", "y", "9", protein), sentence("c", "z"))
    dev = (sentence("d", "the p53 gene ."), sentence("e", "y", "9"))
    split = without_duplicates(Split(train, dev), TEST)
    assert names(split.train) == ["c"]
    assert names(split.dropped) == ["a", "b"]
    assert split.dropped_mentions == 2
    assert split.dev == dev


def test_only_a_split_that_lost_sentences_has_another_hash() -> None:
    train, dev = (sentence("a", "the p53 gene ."), sentence("c", "z")), (sentence("d", "w"),)
    split = Split(train, dev)
    assert without_duplicates(split, TEST).sha256 != split.sha256
    assert without_duplicates(split, ()).sha256 == split.sha256


def test_the_setting_drops_them(tmp_path: Path) -> None:
    write(tmp_path / "train.iob2", [*IOB2.splitlines(), "", "###MEDLINE:3", "", "p53\tB-protein", "", "binds\tO"])
    write(tmp_path / "test.iob2", ["###MEDLINE:2", "", "Other\tO", "", "###MEDLINE:4", "", "t\tO", "CELLS\tO", ".\tO"])
    config = IOB2Config("x", str(tmp_path), "train.iob2", "test.iob2", dev_split="abstract", split_seed=5)
    kept = config.split(config.build())
    config.drop_duplicates = True
    dropped = config.split(config.build())
    assert names(kept.dev) == names(dropped.dev) == ["3.1", "3.2"]
    assert not kept.dropped
    assert names(dropped.dropped) == ["1.2", "2.1", "2.2"]
    assert names(dropped.train) == ["1.1"]


def test_nothing_is_left_to_train_on(tmp_path: Path) -> None:
    write(tmp_path / "a.iob2", IOB2.splitlines())
    config = IOB2Config("x", str(tmp_path), "a.iob2", "a.iob2", drop_duplicates=True)
    with pytest.raises(BnerError, match=r"corpus\.drop_duplicates=true leaves no training sentence of corpus x"):
        config.split(config.build())
