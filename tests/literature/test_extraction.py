"""Extraction by parallel processes: the same shards whatever the number of processes and interruptions."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from bner.corpora.known_sentences import known_sentences
from bner.errors import BnerError
from bner.literature import extraction
from bner.literature.counting import count_words
from bner.literature.documents import Document
from bner.literature.extraction import Extracted, Reading, extract
from bner.literature.sentences import form_lines, token_lines

READING = Reading(partial(token_lines, views=("gm", "genia")))


def article(text: str) -> Document:
    content = f"<article><body><p>{text}</p></body></article>".encode()
    return Document(f"article {text[:8]}", "xml", content, len(content))


def literature() -> list[Document]:
    good = [article(f"Sentence {n} of IL-2. It binds gene-{n % 7}.") for n in range(400)]
    broken = Document("the broken one", "xml", b"<article><body><p>Lost.", 23)
    refused = Document("the large one", "refused", "it is large", 0)
    return [*good[:100], broken, *good[100:], refused]


def run(
    folder: Path, documents: list[Document] | Iterator[Document], processes: int = 2
) -> tuple[list[Path], Extracted]:
    folder.mkdir(exist_ok=True)
    return extract(iter(documents), READING, folder, processes, lambda _: None)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "SHARD_WORDS", 1500)
    monkeypatch.setattr(extraction, "_BATCH_BYTES", 2000)


def test_shards_hold_every_sentence_in_order(tmp_path: Path) -> None:
    shards, total = run(tmp_path / "a", literature())
    lines = [line for shard in shards for line in shard.read_text().splitlines()]
    assert len(shards) > 2
    # the second sentence is seen in two ways, the first in two as well: IL-2
    assert lines[:4] == [
        "sentence NUM of il - NUM .",
        "sentence NUM of il-2 .",
        "it binds gene - NUM .",
        "it binds gene-0 .",
    ]
    assert len(lines) == total.lines == 1600
    assert total.words == sum(len(line.split()) for line in lines)
    assert (total.documents, total.articles, total.sentences) == (402, 400, 800)
    assert total.skipped == ["the broken one: Premature end of data in tag p line 1, line 1, column 24",
                             "the large one: it is large"]  # fmt: skip


def test_an_interrupted_extraction_goes_on_to_the_same_shards(tmp_path: Path) -> None:
    expected, total = run(tmp_path / "a", literature())

    def breaking() -> Iterator[Document]:
        yield from itertools.islice(literature(), 250)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", breaking())
    begun = sorted(file.name for file in (tmp_path / "b").iterdir())
    assert "shard-00000.json" in begun
    assert not [name for name in begun if name.endswith(".part")]
    shards, again = run(tmp_path / "b", literature(), processes=1)
    assert again == total
    assert [shard.read_bytes() for shard in shards] == [shard.read_bytes() for shard in expected]


def test_a_process_that_is_killed_is_told_of(tmp_path: Path) -> None:
    def kill(_: Extracted) -> None:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):  # one that is dead already
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()

    with pytest.raises(BnerError, match="was killed, perhaps because memory ran out"):
        extract(iter(literature()), READING, tmp_path, 2, kill)


def test_words_are_counted(tmp_path: Path) -> None:
    shards, total = run(tmp_path / "a", literature())
    seen: list[int] = []
    counts, counted = count_words(shards, 2, seen.append)
    words = [word for shard in shards for word in shard.read_text().split()]
    assert counts == {word: words.count(word) for word in set(words)}
    assert [(shard.path, shard.lines) for shard in counted] == [
        (shard, len(shard.read_text().splitlines())) for shard in shards
    ]
    assert sum(shard.words for shard in counted) == total.words == seen[-1]


def test_no_text_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=r"no text was found in 1 documents .*: it is large"):
        run(tmp_path / "a", [Document("x", "refused", "it is large", 0)])


def test_known_sentences_are_dropped_and_counted(tmp_path: Path) -> None:
    known = known_sentences(["SENTENCE 17 of IL2 it binds gene 3", "It binds gene-5."])  # the second is too short
    reading = Reading(partial(form_lines, views=("gm",)), known)
    shards, total = extract(iter(literature()), reading, tmp_path, 2, lambda _: None)
    lines = [line for shard in shards for line in shard.read_text().splitlines()]
    assert (total.dropped, total.sentences) == (2, 800)
    assert len(lines) == total.lines == 798
    assert "Sentence 16 of IL - 2 ." in lines
    assert "Sentence 17 of IL - 2 ." not in lines
    assert "It binds gene - 5 ." in lines
