"""Sentences with IOB2 tags as a file has them, legal or not: a token, a tab and its tag a line.

A line that begins with `###` is a header; it and empty lines end a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bner.corpora.bies import IllegalTagError, illegal_tags, iob2_to_mentions, is_iob2
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError
from bner.runtime.files import read_lines

HEADER = "###"


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence as an IOB2 file has it; its tags may be illegal where they stand.

    Attributes:
        document: the abstract that it comes from, None before the first header.
        tokens: its tokens.
        tags: the tag of each token.
        line: the line of its first token, from 1.
    """

    document: str | None
    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    line: int

    def problems(self) -> list[str]:
        """Return, for each I-type that continues no mention of its type, its line and why it is illegal."""
        return [f"line {self.line + error.position}: {error}" for error in illegal_tags(self.tags)]


def read_tagged(path: Path) -> tuple[TaggedSentence, ...]:
    """Read the sentences of an IOB2 file with their tags as they are.

    Raises:
        BnerError: a line without its tab, a tag that is no IOB2 tag, or a file without a sentence.
    """
    sentences = tuple(_tagged(path))
    if not sentences:
        raise BnerError(f"{path} is empty: it should hold a token, a tab and its tag a line.")
    return sentences


def read_tags(path: Path, sentences: Sequence[Sentence], gold: str) -> tuple[TaggedSentence, ...]:
    """Read a file that tags these sentences.

    Args:
        path: the file.
        sentences: what it should tag.
        gold: where they come from, for messages.

    Raises:
        BnerError: see `read_tagged`; the file has other sentences.
    """
    found = read_tagged(path)
    if len(sentences) != len(found):
        raise BnerError(f"{path} has {len(found)} sentences and {gold} {len(sentences)}: they must be the same.")
    for one, other in zip(sentences, found, strict=True):
        if one.tokens != other.tokens:
            raise BnerError(f"sentence {one.identifier} of {path} has other tokens than in {gold}: compare them.")
    return found


def read_mentions(path: Path, sentences: Sequence[Sentence]) -> tuple[tuple[Mention, ...], ...]:
    """Read the mentions that a file of legal tags predicts for each of these sentences.

    Raises:
        BnerError: see `read_tags`; an I-type that continues no mention of its type.
    """
    mentions = []
    for tagged in read_tags(path, sentences, "the corpus"):
        try:
            mentions.append(iob2_to_mentions(tagged.tags))
        except IllegalTagError as error:
            raise BnerError(f"{path}:{tagged.line + error.position} {error}: correct the tag.") from error
    return tuple(mentions)


def _tagged(path: Path) -> Iterator[TaggedSentence]:
    document: str | None = None
    tokens: list[str] = []
    tags: list[str] = []
    number = 0

    def finished(end: int) -> TaggedSentence:
        return TaggedSentence(document, tuple(tokens), tuple(tags), end - len(tokens))

    for number, line in read_lines(path):
        if line.strip() and not line.startswith(HEADER):
            token, tab, tag = line.partition("\t")
            tag = tag.strip()
            if not tab or not token or not tag:
                raise BnerError(f"{path}:{number} is not a token, a tab and a tag: correct the line.")
            if not is_iob2(tag):
                raise BnerError(f"{path}:{number} '{tag}' is no IOB2 tag (O, B-type or I-type): correct the tag.")
            tokens.append(token)
            tags.append(tag)
            continue
        if tokens:
            yield finished(number)
            tokens, tags = [], []
        if line.startswith(HEADER):
            document = line.removeprefix(HEADER).removeprefix("MEDLINE:").strip()
    if tokens:
        yield finished(number + 1)
