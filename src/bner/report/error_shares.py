"""Parts and wholes of a run's errors by sentence, of which the shares in the paper's error analysis are made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bner.analysis.shares import Shares
from bner.report.errors import error_list


def boundary_share(uri: str, run_id: str, data: Path | None, side: str) -> Shares:
    """Count by sentence the boundary errors and all errors of a side, (S, 2).

    Args:
        uri: of the MLflow store.
        run_id: the run.
        data: the data folder; None is the run's own.
        side: fp or fn.

    Raises:
        BnerError: see `bner.report.errors.error_list`.
    """
    errors, sentences = error_list(uri, run_id, data)
    chosen = errors[errors["side"] == side]
    return _by_sentence(chosen, chosen["kind"] == "boundary", sentences)


def one_token_share(uri: str, run_id: str, data: Path | None) -> Shares:
    """Count by sentence the missing mentions of one token and all missing mentions, (S, 2); see `boundary_share`."""
    errors, sentences = error_list(uri, run_id, data)
    chosen = errors[errors["category"] == "missing"]
    return _by_sentence(chosen, chosen["tokens"] == 1, sentences)


def _by_sentence(errors: pd.DataFrame, meant: pd.Series[bool], sentences: int) -> Shares:
    found = np.zeros((sentences, 2), dtype=np.int64)
    np.add.at(found[:, 0], errors["sentence"][meant].to_numpy(), 1)
    np.add.at(found[:, 1], errors["sentence"].to_numpy(), 1)
    return found
