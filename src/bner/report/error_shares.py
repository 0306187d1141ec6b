"""Parts and wholes of a run's errors by sentence, of which the shares in the paper's error analysis are made."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bner.analysis.shares import Shares


def boundary_share(errors: pd.DataFrame, sentences: int, side: str) -> Shares:
    """Count by sentence the boundary errors of a side and all of its errors, (S, 2).

    Args:
        errors: of a run, see `bner.report.run_errors.RunErrors.listing`.
        sentences: of the test part.
        side: fp or fn.
    """
    chosen = errors[errors["side"] == side]
    return _by_sentence(chosen, chosen["kind"] == "boundary", sentences)


def one_token_share(errors: pd.DataFrame, sentences: int) -> Shares:
    """Count by sentence the missing mentions of one token and all missing mentions, (S, 2); see `boundary_share`."""
    chosen = errors[errors["category"] == "missing"]
    return _by_sentence(chosen, chosen["tokens"] == 1, sentences)


def _by_sentence(errors: pd.DataFrame, meant: pd.Series[bool], sentences: int) -> Shares:
    found = np.zeros((sentences, 2), dtype=np.int64)
    np.add.at(found[:, 0], errors["sentence"][meant].to_numpy(), 1)
    np.add.at(found[:, 1], errors["sentence"].to_numpy(), 1)
    return found
