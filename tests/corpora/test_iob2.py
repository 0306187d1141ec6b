"""The format of JNLPBA: sentences, abstracts, and lines that are named where they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.corpora.iob2 import read_sentences, write_predictions
from bner.corpora.sentence import Mention
from bner.errors import BnerError
from tests.conftest import IOB2, write


def test_sentences_and_abstracts(tmp_path: Path) -> None:
    sentences = read_sentences(write(tmp_path / "a.iob2", IOB2.splitlines()))
    assert [sentence.identifier for sentence in sentences] == ["1.1", "1.2", "2.1", "2.2"]
    assert sentences[2].mentions == (Mention(0, 2, "protein"), Mention(2, 3, "RNA"), Mention(3, 4, "cell_line"))
    assert sentences[2].document == "2"


def test_an_abstract_that_comes_twice_keeps_identifiers_apart(tmp_path: Path) -> None:
    lines = ["###MEDLINE:1", "", "a\tO", "", "###MEDLINE:1", "", "b\tO"]
    assert [s.identifier for s in read_sentences(write(tmp_path / "a.iob2", lines))] == ["1.1", "1.2"]


def test_gold_tags_written_back_give_the_same_file(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.iob2", IOB2.splitlines())
    write_predictions(tmp_path / "out.iob2", gold, [sentence.mentions for sentence in read_sentences(gold)])
    assert (tmp_path / "out.iob2").read_bytes() == gold.read_bytes()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["a\tO", "b O"], r"a.iob2:2 is not a token, a tab and a tag"),
        (["a\tO", "b\tI-DNA", "c\tO"], r"a.iob2:2 'I-DNA' follows 'O'"),
        (["", "a\tO", "b\tB-RNA", "c\tI-DNA"], r"a.iob2:4 'I-DNA' follows 'B-RNA'"),
        (["a\tDNA"], r"a.iob2:1 'DNA' is no IOB2 tag"),
        (["###MEDLINE:1", ""], r"is empty"),
        ([], r"is empty"),
    ],
)
def test_broken_files(tmp_path: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_sentences(write(tmp_path / "a.iob2", lines))
