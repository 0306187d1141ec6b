"""Tests of whether two variants differ in F1, over the same sentences: randomisation, bootstrap and t-test.

Each takes the counts by sentence of the runs of two variants, one run or several of different seeds, all in the same
order of sentences, and tests the mean F1 of the second variant's runs minus that of the first one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bner.analysis.counts import Counts, blocks, bootstrap_weights, canonical, f1_of, swaps
from bner.analysis.seeds import drawn_deviations

_TIE = 1e-12  # differences of F1 that are equal up to rounding


@dataclass(frozen=True)
class TestResult:
    """The result of a test.

    Attributes:
        test: its name.
        unit: what was resampled or paired.
        effect: mean F1 of the second variant's runs minus that of the first one's, a fraction.
        low: lower end of the 95 % interval of the effect; NaN where the test gives none.
        high: upper end.
        p: two-sided.
        resamples: how many, 0 for a t-test.
        distribution: the effect in each resample, under the null hypothesis for randomisation.
    """

    test: str
    unit: str
    effect: float
    low: float
    high: float
    p: float
    resamples: int = 0
    distribution: NDArray[np.float64] | None = None

    __test__ = False  # no test of pytest's


def approximate_randomisation(
    first: Sequence[Counts], second: Sequence[Counts], resamples: int = 10_000, seed: int = 1
) -> TestResult:
    """Test by swapping the variants' answers sentence by sentence (Noreen 1989; Yeh 2000).

    p = (1 + resamples whose difference is at least the observed one) / (1 + resamples).

    A sentence is swapped for all runs of both variants at once, so that what runs of several seeds have in common stays
    together. F1 of a variant after the swaps is the mean over all pairs of runs, one of each variant: the answers of
    one, and those of the other where sentences are swapped. Without swaps that is the mean F1 of its runs, whether or
    not the variants have the same number of them. Where a variant has several runs, each resample also draws what
    their seeds change (see `drawn_deviations`), so that the test is about the variants and not about these runs.

    Args:
        first: counts of each run of the first variant, (S, 3) each.
        second: of the second variant.
        resamples: random swaps.
        seed: of the swaps.

    Raises:
        ValueError: the runs are not over the same number of sentences, or over none.
    """
    _check(first, second)
    runs = np.stack(canonical(*first, *second), axis=1)  # (S, runs, 3)
    sums = runs.sum(0).astype(np.float64)
    effect = _effect(first, second)
    differing = runs[(runs != runs[:, :1]).any((1, 2))]  # swaps of the other sentences change nothing
    flat = differing.reshape(len(differing), runs.shape[1] * 3).astype(np.float32)
    rng = np.random.default_rng(seed)
    found = []
    for size in blocks(resamples, len(flat)):
        swapped = (swaps(rng, size, len(flat)) @ flat).astype(np.float64).reshape(size, -1, 3)
        moved = swapped[:, None, len(first) :] - swapped[:, : len(first), None]  # (R, first, second, 3)
        after = f1_of(sums[None, len(first) :] - moved) - f1_of(sums[: len(first), None] + moved)
        found.append(after.mean((1, 2)))
    null = np.concatenate(found) + drawn_deviations(rng, first, second, resamples)
    extreme = int((np.abs(null) >= abs(effect) - _TIE).sum())
    p, nan = (1 + extreme) / (1 + resamples), float("nan")
    return TestResult("approximate randomisation", _unit(first, second), effect, nan, nan, p, resamples, null)


def paired_bootstrap(
    first: Sequence[Counts], second: Sequence[Counts], resamples: int = 10_000, seed: int = 1
) -> TestResult:
    """Estimate the effect's interval by drawing sentences with replacement (Efron 1979; Koehn 2004).

    F1 of a variant is the mean over its runs. Where it has several, each resample draws runs with replacement, too, so
    that the interval is of the variants and not of these runs; what counts there is how much runs differ beyond their
    sentences, see `drawn_deviations`. With two or three runs that is a rough estimate, and the interval somewhat short
    where seeds matter more than sentences do. p is twice the smaller share of resamples on either side of 0, one more
    counted, so that it is never 0; without an effect it is 1.

    Args:
        first: counts of each run of the first variant, (S, 3) each.
        second: of the second variant.
        resamples: draws.
        seed: of the draws.

    Raises:
        ValueError: the runs are not over the same number of sentences, or over none.
    """
    _check(first, second)
    rng = np.random.default_rng(seed)
    number = len(first[0])
    effect = _effect(first, second)
    flat = np.concatenate(canonical(*first, *second), axis=1).astype(np.float32)  # (S, runs * 3)
    found = []
    for size in blocks(resamples, number):
        sums = (bootstrap_weights(rng, size, number) @ flat).astype(np.float64).reshape(size, -1, 3)
        scores = f1_of(sums)  # (R, runs)
        found.append(scores[:, len(first) :].mean(1) - scores[:, : len(first)].mean(1))
    distribution = np.concatenate(found) + drawn_deviations(rng, first, second, resamples)
    low, high = np.quantile(distribution, (0.025, 0.975))
    fewer = min(int((distribution <= _TIE).sum()), int((distribution >= -_TIE).sum()))
    p = min(1.0, 2 * (1 + fewer) / (1 + resamples)) if abs(effect) > _TIE else 1.0
    unit = _unit(first, second)
    return TestResult("paired bootstrap", unit, effect, float(low), float(high), p, resamples, distribution)


def t_test_over_blocks(
    first: Sequence[Counts], second: Sequence[Counts], number: int = 20, seed: int = 1
) -> TestResult:
    """Test the mean difference of F1 over blocks of sentences by a paired t-test, the paper's test.

    F1 of a variant on a block is the mean over its runs.

    Args:
        first: counts of each run of the first variant, (S, 3) each.
        second: of the second variant.
        number: blocks.
        seed: of the order in which sentences are dealt to the blocks.

    Raises:
        ValueError: there are fewer sentences than blocks, or fewer than two blocks.
    """
    _check(first, second)
    if not 2 <= number <= len(first[0]):
        raise ValueError(f"{len(first[0])} sentences cannot be cut into {number} blocks")
    order = np.random.default_rng(seed).permutation(len(first[0]))
    runs = np.stack(canonical(*first, *second), axis=1)[order]  # (S, runs, 3)
    scores = f1_of(np.stack([runs[k::number].sum(0) for k in range(number)]).astype(np.float64))  # (blocks, runs)
    means = scores[:, : len(first)].mean(1), scores[:, len(first) :].mean(1)
    return _t_test(*means, f"{number} blocks of sentences")


def t_test_over_seeds(first: Sequence[Counts], second: Sequence[Counts]) -> TestResult:
    """Test the mean difference of F1 over pairs of runs, one of each variant with the same seed, by a paired t-test.

    Raises:
        ValueError: there are fewer than two pairs, or runs without a partner.
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} runs are not two or more pairs")
    scores = [np.array([_f1(counts) for counts in runs]) for runs in (first, second)]
    return _t_test(scores[0], scores[1], f"{len(first)} seeds")


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct the p-values of several tests by Holm's step-down method (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, number in enumerate(np.argsort(p_values, kind="stable").tolist()):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[number]))
        corrected[number] = largest
    return corrected


def _t_test(first: NDArray[np.float64], second: NDArray[np.float64], unit: str) -> TestResult:
    effect = float(np.mean(second - first))
    if np.allclose(second, first, rtol=0, atol=_TIE):
        return TestResult("paired t-test", unit, effect, 0.0, 0.0, 1.0)
    result = stats.ttest_rel(second, first)
    interval = result.confidence_interval(0.95)
    return TestResult("paired t-test", unit, effect, float(interval.low), float(interval.high), float(result.pvalue))


def _f1(counts: Counts) -> float:
    return float(f1_of(counts.sum(0).astype(np.float64)))


def _effect(first: Sequence[Counts], second: Sequence[Counts]) -> float:
    """Return the mean F1 of the second variant's runs minus that of the first one's."""
    return float(np.mean([_f1(run) for run in second]) - np.mean([_f1(run) for run in first]))


def _unit(first: Sequence[Counts], second: Sequence[Counts]) -> str:
    return "sentences" if len(first) == len(second) == 1 else "sentences and seeds"


def _check(first: Sequence[Counts], second: Sequence[Counts]) -> None:
    if not (len(first) and len(second)):
        raise ValueError(f"{len(first)} and {len(second)} runs: each variant needs one or more")
    for each in (*first, *second):
        if each.shape != first[0].shape or not len(each):
            raise ValueError(f"counts of {len(first[0])} and {len(each)} sentences cannot be paired")
