"""Shares of errors: their mean, interval and difference, against enumeration and simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bner.analysis.shares import share, share_difference, share_interval


def simulated(rng: np.random.Generator, sentences: int, chance: float) -> np.ndarray:
    """(S, 2): part and whole of each sentence."""
    whole = rng.poisson(1.0, sentences)
    return np.stack([rng.binomial(whole, chance), whole], axis=1)


def test_a_share_is_of_sums_and_the_mean_over_runs() -> None:
    first, second = np.array([[1, 1], [0, 3]]), np.array([[2, 2], [1, 2]])
    assert share([first]) == 0.25
    assert share([first, second]) == pytest.approx((0.25 + 0.75) / 2)


def test_the_interval_is_that_of_all_resamples() -> None:
    counts = np.array([[1, 1], [0, 2], [2, 3]])
    every = [counts[list(drawn)].sum(0) for drawn in itertools.product(range(3), repeat=3)]
    low, high = np.quantile([part / whole for part, whole in every], (0.025, 0.975), method="inverted_cdf")
    result = share_interval([counts], 0.5, resamples=20_000)
    assert result.effect == pytest.approx(0.0)
    assert result.low == pytest.approx(low - 0.5)
    assert result.high == pytest.approx(high - 0.5)


def test_the_interval_covers_the_true_share() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        result = share_interval([simulated(rng, 300, 0.8)], 0.8, resamples=400, seed=int(rng.integers(1 << 30)))
        covered += result.low <= 0 <= result.high
    assert 0.92 <= covered / 400 <= 0.98


def test_a_difference_is_of_the_same_sentences_in_both() -> None:
    rng = np.random.default_rng(1)
    counts = simulated(rng, 200, 0.5)
    same = share_difference([counts], [counts], resamples=500)
    assert (same.effect, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
    lower = share_difference([simulated(rng, 2_000, 0.7)], [simulated(rng, 2_000, 0.4)], resamples=500)
    assert lower.high < 0
    assert lower.p < 0.01


def test_a_share_of_nothing_is_no_number() -> None:
    result = share_interval([np.zeros((5, 2), dtype=np.int64)], 0.8, resamples=100)
    assert np.isnan([result.effect, result.low, result.high, result.p]).all()


def test_other_numbers_of_sentences_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="different numbers of sentences"):
        share_difference([np.ones((2, 2), dtype=np.int64)], [np.ones((3, 2), dtype=np.int64)])
