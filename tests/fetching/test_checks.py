"""A file is compared with the table by its bytes, or by its sentences."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.fetching.checks import is_as_listed, sha256_of_sentences
from bner.fetching.resources import WantedFile
from tests.conftest import IOB2
from tests.fetching.archives import saved


def sentences(folder: Path, text: str) -> str:
    return sha256_of_sentences(saved(folder / "file", text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        IOB2,
        IOB2.rstrip(),
        IOB2 + "\n\n",
        "\n" + IOB2.replace("\n\n", "\n\n \n"),
        IOB2.replace("\n", "\r\n"),
        IOB2.replace("1\n\n", "1\n").replace("2\n\n", "2\n"),
        IOB2.replace("\n\n###", "\n###"),
    ],
)
def test_blank_lines_do_not_count(tmp_path: Path, text: str) -> None:
    assert sentences(tmp_path, text) == sentences(tmp_path, IOB2)


@pytest.mark.parametrize(
    "text",
    [
        IOB2.replace("B-DNA", "B-RNA"),
        IOB2.replace("cells", "cell"),
        IOB2.replace("expression\tO\n\n", "expression\tO\n"),
        IOB2.replace("gene\tI-DNA\n", "gene\tI-DNA\n\n"),
        IOB2.replace("MEDLINE:2", "MEDLINE:3"),
        IOB2 + "more\tO\n",
        "",
    ],
)
def test_tokens_tags_headers_and_the_ends_of_sentences_count(tmp_path: Path, text: str) -> None:
    assert sentences(tmp_path, text) != sentences(tmp_path, IOB2)


def test_a_file_is_compared_with_what_the_table_knows(tmp_path: Path) -> None:
    path = saved(tmp_path / "file", b"\xff\xfe")
    right = hashlib.sha256(b"\xff\xfe").hexdigest()
    assert is_as_listed(path, WantedFile("x"))
    assert is_as_listed(path, WantedFile("x", sha256=right))
    assert not is_as_listed(path, WantedFile("x", sha256="0" * 64))
    assert not is_as_listed(path, WantedFile("x", sentences_sha256="0" * 64))
    assert not is_as_listed(path, WantedFile("x", sha256=right, sentences_sha256="0" * 64))


def test_a_folder_in_place_of_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match="cannot be read"):
        is_as_listed(tmp_path, WantedFile("x", sha256="0" * 64))
