"""The format of JNLPBA 2004: a token, a tab and its IOB2 tag on a line, an empty line after each sentence.

Before each abstract there is a line `###MEDLINE:number` with an empty line after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bner.corpora.bies import IllegalTagError, iob2_to_mentions, mentions_to_iob2
from bner.corpora.corpus import Corpus, CorpusConfig
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.tagged import HEADER, read_tagged
from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines


@dataclass(frozen=True, kw_only=True)
class IOB2Corpus(Corpus):
    """A corpus in IOB2.

    Attributes:
        test_file: the file of the test part.
    """

    test_file: Path

    def write_predictions(self, folder: Path, predicted: Sequence[Sequence[Mention]]) -> Path:
        """Write the test file with predicted tags instead of its own, header lines included; return the file."""
        path = folder / self.predictions_file
        write_predictions(path, self.test_file, predicted)
        return path


@dataclass
class IOB2Config(CorpusConfig):
    """Configuration of a corpus in IOB2; its parts are files."""

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
        BnerError: see `read_tagged`; an I-type that continues no mention of its type.
    """
    counts: dict[str | None, int] = {}  # sentences of each abstract so far; an abstract may come twice
    sentences = []
    for tagged in read_tagged(path):
        try:
            mentions = iob2_to_mentions(tagged.tags)
        except IllegalTagError as error:
            raise BnerError(f"{path}:{tagged.line + error.position} {error}: correct the tag.") from error
        document = tagged.document
        counts[document] = counts.get(document, 0) + 1
        name = f"{document}.{counts[document]}" if document else str(counts[document])
        sentences.append(Sentence(name, tagged.tokens, mentions, document=document))
    return tuple(sentences)


def write_predictions(path: Path, gold_file: Path, mentions: Iterable[Sequence[Mention]]) -> None:
    """Write `gold_file` with the tags of `mentions`, sentence by sentence, instead of its own.

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
