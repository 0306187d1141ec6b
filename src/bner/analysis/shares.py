"""Shares of errors with their intervals, by the bootstrap over sentences (Efron 1979) and, with several runs, seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bner.analysis.counts import blocks, bootstrap_weights
from bner.analysis.significance import TestResult

Shares = NDArray[np.int64]
"""Of each sentence, how many there are and how many of them are meant, (S, 2): part, whole."""


def share(runs: Sequence[Shares]) -> float:
    """Compute the mean share over runs, NaN where a run has no whole.

    >>> share([np.array([[1, 2], [0, 2]])])
    0.25
    """
    return float(_shares(np.stack([run.sum(0) for run in runs]).astype(np.float64)).mean())


def share_interval(runs: Sequence[Shares], expected: float = 0.0, resamples: int = 10_000, seed: int = 1) -> TestResult:
    """Estimate a share minus an expected one, with its 95 % interval, by drawing sentences with replacement.

    Args:
        runs: of one variant, (S, 2) each.
        expected: what the share is compared with, as a fraction.
        resamples: draws.
        seed: of the draws.

    Returns:
        The effect is the mean share minus the expected one; p is twice the smaller share of resamples on either side
        of 0, one more counted. All are NaN where a run has no whole.
    """
    return _result(_resampled([runs], resamples, seed)[0] - expected, share(runs) - expected, resamples, len(runs) > 1)


def share_difference(
    first: Sequence[Shares], second: Sequence[Shares], resamples: int = 10_000, seed: int = 1
) -> TestResult:
    """Estimate the second variant's share minus the first one's, over the same sentences; see `share_interval`.

    Raises:
        ValueError: the runs are not over the same number of sentences.
    """
    if len({len(run) for run in (*first, *second)}) != 1:
        raise ValueError("shares of different numbers of sentences cannot be paired")
    one, other = _resampled([first, second], resamples, seed)
    return _result(other - one, share(second) - share(first), resamples, len(first) + len(second) > 2)


def _resampled(variants: Sequence[Sequence[Shares]], resamples: int, seed: int) -> list[NDArray[np.float64]]:
    """Draw the mean share of each variant, (resamples,) each, all from the same sentences in each resample."""
    rng = np.random.default_rng(seed)
    flat = np.concatenate([run for runs in variants for run in runs], axis=1).astype(np.float32)  # (S, runs * 2)
    found: list[list[NDArray[np.float64]]] = [[] for _ in variants]
    for size in blocks(resamples, len(flat)):
        sums = (bootstrap_weights(rng, size, len(flat)) @ flat).astype(np.float64).reshape(size, -1, 2)
        values, start = _shares(sums), 0
        for runs, kept in zip(variants, found, strict=True):
            own = values[:, start : start + len(runs)]
            drawn = rng.integers(0, len(runs), own.shape)
            kept.append(np.take_along_axis(own, drawn, axis=1).mean(1))
            start += len(runs)
    return [np.concatenate(kept) for kept in found]


def _shares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = sums[..., 1]
    return np.divide(sums[..., 0], whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _result(distribution: NDArray[np.float64], effect: float, resamples: int, several: bool) -> TestResult:
    low, high = np.quantile(distribution, (0.025, 0.975))
    if np.isnan(distribution).any():
        p = float("nan")
    else:
        p = min(1.0, 2 * (1 + min(int((distribution <= 0).sum()), int((distribution >= 0).sum()))) / (1 + resamples))
    unit = "sentences and seeds" if several else "sentences"
    return TestResult("bootstrap of a share", unit, effect, float(low), float(high), p, resamples, distribution)
