"""The format of JNLPBA 2004: a token, a tab and its IOB2 tag a line, a blank line after each sentence.

A line `###MEDLINE:number` with a blank line after it stands before each abstract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bner.corpora.bies import IllegalTagError, iob2_to_mentions, mentions_to_iob2
from bner.corpora.corpus import Corpus, CorpusConfig
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines

HEADER = "###"


@dataclass(frozen=True, kw_only=True)
class IOB2Corpus(Corpus):
    """A corpus in IOB2.

    Attributes:
        test_file: the file of the test part.
    """

    test_file: Path

    def write_predictions(self, folder: Path, predicted: Sequence[Sequence[Mention]]) -> Path:
        """Write the test file with predicted tags in place of its own, header lines included; return the file."""
        path = folder / "test.iob2"
        write_predictions(path, self.test_file, predicted)
        return path


@dataclass
class IOB2Config(CorpusConfig):
    """The configuration of a corpus in IOB2; its parts are files."""

    def check(self) -> None:
        """Check that the files are there and that the corpus can be split; see `CorpusConfig.check`."""
        super().check()
        if self.dev_split == "abstract" and not _begins_with_header(self.train_path):
            raise BnerError(
                f"corpus.dev_split=abstract needs a corpus that names its abstracts, and {self.train_path} does not "
                f"begin with a line {HEADER}MEDLINE:number: use dev_split=sentence."
            )

    def build(self) -> IOB2Corpus:
        """Read the corpus; see `CorpusConfig.build`."""
        self.check()
        return IOB2Corpus(
            name=self.name,
            train=read_sentences(self.train_path),
            test=read_sentences(self.test_path),
            files=(self.train_path, self.test_path),
            test_file=self.test_path,
        )


def read_sentences(path: Path) -> tuple[Sentence, ...]:
    """Read the sentences of an IOB2 file, named `abstract.number` or, before any header, by their number.

    Raises:
        BnerError: a line without its tab, a tag that is no IOB2 or continues nothing, or a file without a sentence.
    """
    sentences = tuple(_sentences(path))
    if not sentences:
        raise BnerError(f"{path} is empty: it should hold a token, a tab and its tag a line.")
    return sentences


def write_predictions(path: Path, gold_file: Path, mentions: Iterable[Sequence[Mention]]) -> None:
    """Write `gold_file` with the tags of `mentions`, sentence by sentence, in place of its own.

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


def _begins_with_header(path: Path) -> bool:
    return next((line for _, line in read_lines(path) if line.strip()), "").startswith(HEADER)


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
