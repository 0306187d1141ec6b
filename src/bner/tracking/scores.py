"""Counts by sentence of a tracked run, from its artifact `tables/by_sentence.csv`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from mlflow.entities import Run
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.tracking.artifacts import artifact, get_run
from bner.tracking.tags import CORPUS

BY_SENTENCE = "tables/by_sentence.csv"
RULES = ("official", "strict")


@dataclass(frozen=True)
class RunScores:
    """The scores of a run on the test part of its corpus.

    Attributes:
        run_id: MLflow's identifier.
        name: the run's name.
        corpus: the corpus's name.
        sentences: identifiers of the test sentences.
        counts: true positives, false positives and false negatives of each sentence, (S, 3), by rule.
        seed: of the run.
    """

    run_id: str
    name: str
    corpus: str
    sentences: tuple[str, ...]
    counts: dict[str, NDArray[np.int64]]
    seed: int


def read_scores(uri: str, run_id: str) -> RunScores:
    """Read the counts by sentence of a run.

    Raises:
        BnerError: there is no such store or run, or the run has not been scored on test.
    """
    run = get_run(uri, run_id)
    said = f"run {run_id} ({run.info.run_name}, {run.info.status})"
    check_tested(run, said)
    try:
        with artifact(uri, run_id, BY_SENTENCE) as file:
            table = pd.read_csv(file, dtype={"sentence": str})
        columns = {rule: [f"{rule}_{count}" for count in ("tp", "fp", "fn")] for rule in RULES}
        counts = {rule: table[names].to_numpy(np.int64) for rule, names in columns.items()}
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise BnerError(f"{said} has no counts by sentence ({BY_SENTENCE}): compare runs that have ended.") from error
    corpus = run.data.tags.get(CORPUS, "unknown")
    seed = int(run.data.params.get("seed", 0))
    return RunScores(run_id, str(run.info.run_name), corpus, tuple(table["sentence"]), counts, seed)


def check_tested(run: Run, said: str) -> None:
    """Check that a run is one of those that score the test part.

    Args:
        run: as MLflow has it.
        said: the run in words, for the message.

    Raises:
        BnerError: it is not.
    """
    if run.data.params.get("trainer.score_test") == "False":
        raise BnerError(
            f"{said} was trained with trainer.score_test=false, as the trials of a search are, and has no predictions "
            "on test: train its settings again without that."
        )
