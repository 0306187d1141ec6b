"""A corpus as a whole: which reader it needs, its sentences, its mention types, its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bner.corpora import gm, iob2
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError


@dataclass(frozen=True)
class CorpusSource:
    """Where a corpus lies and in which format.

    Attributes:
        name: what it is called in runs and tables.
        format: `gm` or `iob2`.
        folder: its folder; None is the sample that ships inside the package.
        train: the training part within the folder: a file in `iob2`, a folder in `gm`.
        test: the test part, likewise.
    """

    name: str
    format: str
    folder: str | None
    train: str
    test: str


@dataclass(frozen=True)
class Corpus:
    """The sentences of a corpus, and what is needed to score predictions for its test part officially."""

    source: CorpusSource
    types: tuple[str, ...]
    train: tuple[Sentence, ...]
    test: tuple[Sentence, ...]
    files: tuple[Path, ...]
    test_gold: Path  # the test folder (gm) or the test file (iob2)

    def write_predictions(self, folder: Path, predicted: Sequence[Sequence[Mention]]) -> Path:
        """Writes mentions predicted for the test sentences in the corpus's own format; returns the file."""
        if self.source.format == "gm":
            path = folder / "test.eval"
            gm.write_eval(path, self.test, predicted)
        else:
            path = folder / "test.iob2"
            iob2.write_predictions(path, self.test_gold, predicted)
        return path


def shared_task_sources(data: Path) -> dict[str, CorpusSource]:
    """The paper's two corpora as they lie in a data folder, by name; the same as in conf/corpus."""
    return {
        "gm": CorpusSource("gm", "gm", str(data / "corpora" / "bc2gm"), "train", "test"),
        "jnlpba": CorpusSource(
            "jnlpba", "iob2", str(data / "corpora" / "jnlpba"), "Genia4ERtask2.iob2", "Genia4EReval2.iob2"
        ),
    }


def read_corpus(source: CorpusSource) -> Corpus:
    """Reads a corpus with the reader of its format.

    Raises:
        BnerError: a file is missing, empty or broken; the training part has no mention; the test part has a type
            that the training part has not.
    """
    folder = Path(str(resources.files("bner.corpora") / "sample")) if source.folder is None else Path(source.folder)
    train_path, test_path = folder / source.train, folder / source.test
    for path in (train_path, test_path):
        if not path.exists():
            raise BnerError(
                f"{path.absolute()} of corpus {source.name} is missing: set BNER_DATA (or paths.data=) to the folder "
                "that holds corpora/ and embeddings/."
            )
    files: tuple[Path, ...]
    if source.format == "gm":
        files = (*gm_files(train_path), *gm_files(test_path))
        train = gm.read_sentences(files[0], files[1])
        test = gm.read_sentences(files[3], files[4])
    elif source.format == "iob2":
        files = (train_path, test_path)
        train, test = iob2.read_sentences(train_path), iob2.read_sentences(test_path)
    else:
        raise BnerError(f"corpus.format is '{source.format}': use gm or iob2.")
    types = tuple(sorted({mention.type for sentence in train for mention in sentence.mentions}))
    if not types:
        raise BnerError(f"{train_path} has no mention in any sentence: a tagger cannot be trained on it.")
    foreign = {mention.type for sentence in test for mention in sentence.mentions} - set(types)
    if foreign:
        raise BnerError(
            f"{test_path} has mentions of type {sorted(foreign)[0]}, which {train_path} has not: check the files."
        )
    return Corpus(source, types, train, test, files, test_path)


def gm_files(folder: Path) -> tuple[Path, Path, Path]:
    """The sentence file, GENE.eval and ALTGENE.eval of one part of a corpus in GM's format.

    Raises:
        BnerError: one of them is missing, or there are several sentence files.
    """
    texts = sorted(folder.glob("*.in"))
    if len(texts) != 1:
        raise BnerError(f"{folder.absolute()} holds {len(texts)} files *.in and should hold one: check the folder.")
    for name in ("GENE.eval", "ALTGENE.eval"):
        if not (folder / name).is_file():
            raise BnerError(f"{(folder / name).absolute()} is missing: put the corpus's file there.")
    return texts[0], folder / "GENE.eval", folder / "ALTGENE.eval"
