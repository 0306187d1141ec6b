"""GM's format: offsets to the character, and a sentence for everything that is wrong with a file."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from bner.corpora.gm import read_eval, read_sentences, read_texts, to_annotations, write_eval
from bner.corpora.sentence import Mention
from bner.corpora.tokenizer import tokenize
from bner.errors import BnerError
from tests.conftest import GM_GENES, GM_TEXTS, write


def test_mentions_become_tokens_and_come_back(tmp_path: Path) -> None:
    sentences = read_sentences(write(tmp_path / "a.in", GM_TEXTS), write(tmp_path / "GENE.eval", GM_GENES))
    first = sentences[0]
    assert first.tokens[first.mentions[1].start : first.mentions[1].end] == ("IL", "-", "2", "receptor", "alpha")
    write_eval(tmp_path / "out.eval", sentences, [sentence.mentions for sentence in sentences])
    assert (tmp_path / "out.eval").read_text().splitlines() == list(GM_GENES)


def test_offsets_are_exact_on_random_text() -> None:
    rng = random.Random(1)
    for _ in range(200):
        text = "".join(rng.choice("ab1.'-/( )s\t") for _ in range(rng.randint(1, 40)))
        ranges = tokenize(text)
        assert "".join(text[a:b] for a, b in ranges) == "".join(text.split())
        assert all(a < b for a, b in ranges)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(ranges))


def test_a_mention_inside_a_token_is_widened_to_it(tmp_path: Path) -> None:
    texts = write(tmp_path / "a.in", ["S1 anti p53dependent x"])
    (sentence,) = read_sentences(texts, write(tmp_path / "GENE.eval", ["S1|4 6|p53"]))
    assert sentence.mentions == (Mention(1, 2, "GENE"),)
    assert to_annotations(sentence, sentence.mentions) == [(4, 15)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("S4|8 99|x", "GENE.eval:2 ends at offset 99, beyond sentence S4 with its 18 non-space characters"),
        ("S9|0 1|x", "GENE.eval:2 names sentence S9, which the corpus does not have"),
        ("S4 0 1 x", "GENE.eval:2 is not 'identifier|START END|text'"),
        ("S4|0,1|x", "GENE.eval:2 is not 'identifier|START END|text'"),
        ("S4|3 1|x", "GENE.eval:2 ends at 1, before its start at 3"),
    ],
)
def test_broken_eval_lines(tmp_path: Path, line: str, sentence: str) -> None:
    texts = read_texts(write(tmp_path / "a.in", GM_TEXTS))
    with pytest.raises(BnerError, match=sentence.replace("|", r"\|")):
        read_eval(write(tmp_path / "GENE.eval", ["S1|3 5|p53", line]), texts)


def test_text_after_the_second_bar_and_blank_lines_are_ignored(tmp_path: Path) -> None:
    assert read_eval(write(tmp_path / "x.eval", ["S1|3 5|a|b||c", "", "S1|7 8"])) == {"S1": [(3, 5), (7, 8)]}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "is empty"),
        (["S1"], ":1 has no sentence after its identifier"),
        (["S1 a", "S1 b"], ":2 repeats the identifier S1"),
    ],
)
def test_broken_sentence_files(tmp_path: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_texts(write(tmp_path / "a.in", lines))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.in").write_bytes(b"S1 \xff\xfe\n")
    with pytest.raises(BnerError, match="is not UTF-8 text"):
        read_texts(tmp_path / "a.in")
