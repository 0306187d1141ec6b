"""A corpus: the configuration that builds it, and its sentences.

A format is one file with a subclass of `CorpusConfig`, which reads its files, and one of `Corpus` where predictions
are written or scored by rules of its own. `bner.corpora.gm` and `bner.corpora.iob2` are two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import ClassVar

from bner.corpora.bies import mentions_to_iob2
from bner.corpora.duplicates import without_duplicates
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.split import Split, check_split, split_dev
from bner.corpora.tagged import read_mentions
from bner.errors import BnerError
from bner.runtime.files import write_lines


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Sentences of a corpus.

    Attributes:
        predictions_file: the name of the file that `write_predictions` writes.
        name: its name in runs and tables.
        train: the sentences of its training part, from which dev is taken.
        test: the sentences of its test part.
        files: the files it was read from; their contents say whether two runs read the same corpus.

    Raises:
        BnerError: the training part has no mention, or the test part has a type that the training part lacks.
    """

    predictions_file: ClassVar[str] = "test.iob2"

    name: str
    train: tuple[Sentence, ...]
    test: tuple[Sentence, ...]
    files: tuple[Path, ...]

    def __post_init__(self) -> None:
        if not self.types:
            raise BnerError(
                f"the training part of corpus {self.name} has no mention in any sentence: a tagger cannot be "
                "trained on it."
            )
        foreign = {mention.type for sentence in self.test for mention in sentence.mentions} - set(self.types)
        if foreign:
            raise BnerError(
                f"the test part of corpus {self.name} has mentions of type {sorted(foreign)[0]}, which its training "
                "part has not: check the files."
            )

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The mention types of the training part, sorted."""
        return tuple(sorted({mention.type for sentence in self.train for mention in sentence.mentions}))

    def write_predictions(self, folder: Path, predicted: Sequence[Sequence[Mention]]) -> Path:
        """Write the mentions predicted for each test sentence, and return the file.

        The file is IOB2: a token, a tab and its tag a line, an empty line after each sentence.
        """
        lines: list[str] = []
        for sentence, mentions in zip(self.test, predicted, strict=True):
            tags = mentions_to_iob2(len(sentence.tokens), mentions)
            lines += [f"{token}\t{tag}" for token, tag in zip(sentence.tokens, tags, strict=True)]
            lines.append("")
        path = folder / self.predictions_file
        write_lines(path, lines)
        return path

    def read_predictions(self, path: Path) -> tuple[tuple[Mention, ...], ...]:
        """Read the mentions of each test sentence from a file as `write_predictions` writes it.

        Raises:
            BnerError: the file is broken, or belongs to other sentences.
        """
        return read_mentions(path, self.test)


@dataclass
class CorpusConfig:
    """Configuration of a corpus, which builds it: a section of conf/corpus.

    Attributes:
        name: its name in runs and tables.
        folder: its folder; None is the sample that ships inside the package.
        train: its training part within the folder, a file or a folder as its format has it.
        test: its test part, likewise.
        dev_split: what goes to dev as a whole: `sentence` or `abstract`.
        dev_fraction: the share of the training part that becomes dev.
        split_seed: the seed of the dev split.
        drop_duplicates: whether sentences that the test part has too are taken out of training.
        fetch: its name for `bner fetch`; None where it has none.
    """

    name: str
    folder: str | None
    train: str
    test: str
    dev_split: str = "sentence"
    dev_fraction: float = 0.1
    split_seed: int = 1
    drop_duplicates: bool = False
    fetch: str | None = None

    def check(self) -> None:
        """Check in a moment, without reading the corpus, that it can be built and split.

        Raises:
            BnerError: a file is missing, or the settings of the dev split are impossible.
        """
        check_split(self.dev_fraction, self.dev_split)
        for path in (self.train_path, self.test_path):
            if not path.exists():
                raise self.missing(path)

    def build(self) -> Corpus:
        """Read the corpus.

        Raises:
            BnerError: see `check`; a file is empty or broken.
        """
        raise NotImplementedError(f"{type(self).__name__} has no build()")

    def split(self, corpus: Corpus) -> Split:
        """Split the training part of the corpus into training and dev sentences.

        Raises:
            BnerError: see `split_dev`; dropping duplicates leaves nothing to train on.
        """
        split = split_dev(corpus.train, self.dev_fraction, self.dev_split, self.split_seed)
        if not self.drop_duplicates:
            return split
        split = without_duplicates(split, corpus.test)
        if not split.train:
            raise BnerError(
                f"corpus.drop_duplicates=true leaves no training sentence of corpus {self.name}, since its test part "
                "has them all: use false, or another test part."
            )
        return split

    @property
    def train_path(self) -> Path:
        """Path of the training part."""
        return self._folder / self.train

    @property
    def test_path(self) -> Path:
        """Path of the test part."""
        return self._folder / self.test

    def missing(self, path: Path) -> BnerError:
        """Return the error for a file or folder of the corpus that is not there; it says what to do."""
        if self.fetch:
            remedy = (
                f"run `bner fetch {self.fetch}`, or set BNER_DATA (or paths.data=) to the folder that holds "
                f"corpora/{self.fetch}"
            )
        else:
            remedy = "check corpus.folder, corpus.train and corpus.test"
        return BnerError(f"{path.absolute()} of corpus {self.name} is missing: {remedy}.")

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            return Path(str(resources.files("bner.corpora") / "sample"))
        return Path(self.folder)
