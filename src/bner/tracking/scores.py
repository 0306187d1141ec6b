"""Counts by sentence of a tracked run, from its artifact `tables/by_sentence.csv`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from numpy.typing import NDArray

from bner.errors import BnerError
from bner.masking import masked
from bner.tracking.environment import environment
from bner.tracking.store import sqlite_file
from bner.tracking.store_errors import store_errors
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
    """

    run_id: str
    name: str
    corpus: str
    sentences: tuple[str, ...]
    counts: dict[str, NDArray[np.int64]]


def read_scores(uri: str, run_id: str) -> RunScores:
    """Read the counts by sentence of a run.

    Raises:
        BnerError: there is no such store or run, or the run has not been scored.
    """
    file = sqlite_file(uri)
    if file is not None and not file.is_file():
        raise BnerError(f"there is no MLflow database {file}: name the folder of another one with --mlruns FOLDER.")
    client = MlflowClient(uri)
    with store_errors(uri, "does not answer"):
        try:
            run = client.get_run(run_id)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise BnerError(
                f"{run_id} names no run of the MLflow store {masked(uri)}: `bner runs` lists the identifiers."
            ) from error
    with tempfile.TemporaryDirectory() as folder, environment(MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false"):
        try:
            table = pd.read_csv(client.download_artifacts(run_id, BY_SENTENCE, folder), dtype={"sentence": str})
            columns = {rule: [f"{rule}_{count}" for count in ("tp", "fp", "fn")] for rule in RULES}
            counts = {rule: table[names].to_numpy(np.int64) for rule, names in columns.items()}
        except (OSError, MlflowException, ValueError, KeyError) as error:
            raise BnerError(
                f"run {run_id} ({run.info.run_name}, {run.info.status}) has no counts by sentence ({BY_SENTENCE}): "
                "compare runs that have ended."
            ) from error
    corpus = run.data.tags.get(CORPUS, "unknown")
    return RunScores(run_id, str(run.info.run_name), corpus, tuple(table["sentence"]), counts)
