"""The format of JNLPBA 2004: a token, a tab and its IOB2 tag a line, a blank line after each sentence.

A line `###MEDLINE:number` with a blank line after it stands before each abstract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bner.corpora.bies import IllegalTagError, iob2_to_mentions, mentions_to_iob2
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines

HEADER = "###"


def read_sentences(path: Path) -> tuple[Sentence, ...]:
    """The sentences of an IOB2 file, named `abstract.number` or, before any header, by their number.

    Raises:
        BnerError: a line without its tab, a tag that is no IOB2 or continues nothing, or a file without a sentence.
    """
    sentences = tuple(_sentences(path))
    if not sentences:
        raise BnerError(f"{path} is empty: it should hold a token, a tab and its tag a line.")
    return sentences


def write_predictions(path: Path, gold_file: Path, mentions: Iterable[Sequence[Mention]]) -> None:
    """Writes `gold_file` with the tags of `mentions`, sentence by sentence, in place of its own.

    Header lines, blank lines and tokens stay as they are. The whole file is written or nothing.
    """
    remaining = iter(mentions)
    lines: list[str] = []
    tokens: list[str] = []

    def flush() -> None:
        if tokens:
            tags = mentions_to_iob2(len(tokens), next(remaining))
            lines.extend(f"{token}\t{tag}" for token, tag in zip(tokens, tags, strict=True))
            tokens.clear()

    for _, line in read_lines(gold_file):
        if line.strip() and not line.startswith(HEADER):
            tokens.append(line.partition("\t")[0])
        else:
            flush()
            lines.append(line)
    flush()
    write_lines(path, lines)


def _sentences(path: Path) -> Iterator[Sentence]:
    document: str | None = None
    counts: dict[str | None, int] = {}  # sentences of each abstract so far; the test part has two abstracts twice
    tokens: list[str] = []
    tags: list[str] = []
    number = 0

    def finished() -> Sentence:
        try:
            mentions = iob2_to_mentions(tags)
        except IllegalTagError as error:
            line = number - len(tags) + error.place
            raise BnerError(f"{path}:{line} {error}: mend the tag.") from error
        counts[document] = counts.get(document, 0) + 1
        name = f"{document}.{counts[document]}" if document else str(counts[document])
        return Sentence(name, tuple(tokens), mentions, document=document)

    for number, line in read_lines(path):
        if line.strip() and not line.startswith(HEADER):
            token, tab, tag = line.partition("\t")
            if not tab or not token or not tag.strip():
                raise BnerError(f"{path}:{number} is not a token, a tab and a tag: mend the line.")
            tokens.append(token)
            tags.append(tag.strip())
            continue
        if tokens:
            yield finished()
            tokens, tags = [], []
        if line.startswith(HEADER):
            document = line.removeprefix(HEADER).removeprefix("MEDLINE:").strip()
    if tokens:
        number += 1  # as if a blank line stood after the last
        yield finished()
