"""The data of a run: its corpus, the dev split, and the hashes that say which files were read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.runtime.hashing import sha256_of_files


@dataclass(frozen=True)
class RunData:
    """The data of a run.

    Attributes:
        corpus: with its test part.
        split: training and dev sentences.
        hashes: tags that say which data was read: of the corpus, the split, the vectors, the context and the
            checkpoint.
    """

    corpus: Corpus
    split: Split
    hashes: dict[str, str]

    @property
    def parts(self) -> dict[str, tuple[Sentence, ...]]:
        """The sentences of train, dev and test."""
        return {"train": self.split.train, "dev": self.split.dev, "test": self.corpus.test}


def data_hashes(corpus: Corpus, split: Split, embedding: Any | None, seed: int, cache: Path) -> dict[str, str]:
    """Hash the files of the corpus, its dev split and the vectors.

    Args:
        corpus: the corpus.
        split: its dev split.
        embedding: the section of the vectors, None where there are none.
        seed: of random vectors.
        cache: a folder that keeps the hashes of large files.

    Raises:
        BnerError: a file cannot be read, or the cache cannot be written.
    """
    hashes = {"corpus.sha256": sha256_of_files(corpus.files), "split.sha256": split.sha256}
    if embedding is None:
        return hashes
    files = embedding.files()
    return hashes | {"vectors.sha256": sha256_of_files(files, cache / "hashes") if files else f"random, seed {seed}"}
