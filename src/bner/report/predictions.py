"""The mentions that a tracked run predicted, beside the test sentences of its corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bner.config.stored import read_stored_corpus
from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError
from bner.runtime.hashing import sha256_of_files
from bner.tracking.artifacts import artifact, get_run, read_config
from bner.tracking.predictions import FOLDER
from bner.tracking.scores import check_tested

_CORPUS_HASH = "corpus.sha256"


@dataclass(frozen=True, eq=False)
class RunPredictions:
    """The predictions of a run on the test part of its corpus.

    Attributes:
        run_id: MLflow's identifier.
        name: the run's name.
        corpus: the corpus that it was trained and scored on.
        predicted: the mentions predicted for each test sentence.
    """

    run_id: str
    name: str
    corpus: Corpus
    predicted: tuple[tuple[Mention, ...], ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The test sentences, with their gold mentions."""
        return self.corpus.test


def read_predictions(uri: str, run_id: str, data: Path | None = None) -> RunPredictions:
    """Read the predictions of a run and the corpus that they belong to.

    Args:
        uri: of the MLflow store.
        run_id: MLflow's identifier of the run.
        data: the data folder, where it is not the one that the run used.

    Raises:
        BnerError: there is no such store or run; it has no configuration or no predictions, as before its end; files of
            the corpus are missing or are not those that the run read; the predictions do not fit the corpus.
    """
    run = get_run(uri, run_id)
    said = f"run {run_id} ({run.info.run_name}, {run.info.status})"
    text = read_config(uri, run_id, said)
    try:
        corpus: Corpus = read_stored_corpus(text, run_id, data).build()
    except BnerError as error:
        raise BnerError(f"the corpus of {said} cannot be read: {error}") from error
    check_tested(run, said)
    kept, now = run.data.tags.get(_CORPUS_HASH), sha256_of_files(corpus.files)
    if kept != now:
        folder = corpus.files[0].absolute().parent if corpus.files else "the folder"
        raise BnerError(
            f"{said} read a corpus {corpus.name} with {_CORPUS_HASH} {kept}, and that of the files in {folder} is "
            f"{now}: name the data folder that the run used with --data or BNER_DATA."
        )
    return RunPredictions(run_id, str(run.info.run_name), corpus, _predicted(uri, run_id, corpus, said))


def _predicted(uri: str, run_id: str, corpus: Corpus, said: str) -> tuple[tuple[Mention, ...], ...]:
    path = f"{FOLDER}/{corpus.predictions_file}"
    try:
        with artifact(uri, run_id, path) as file:
            try:
                return corpus.read_predictions(file)
            except BnerError as error:
                # The file is a temporary copy, whose name says nothing.
                raise BnerError(f"{said}: {str(error).replace(str(file), path)}") from error
    except FileNotFoundError as error:
        raise BnerError(f"{said} has no predictions ({path}): name a run of train.py that has ended.") from error
