"""Tests of significance of variants with several runs: enumeration, simulation, and what they must not depend on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from bner.analysis.counts import Counts, canonical, f1_of
from bner.analysis.seeds import seed_deviations
from bner.analysis.significance import (
    approximate_randomisation,
    paired_bootstrap,
    t_test_over_blocks,
    t_test_over_seeds,
)


def f1(counts: Counts) -> float:
    return float(f1_of(counts.sum(0).astype(float)))


def mean_f1(runs: list[Counts]) -> float:
    return float(np.mean([f1(run) for run in runs]))


def simulated(
    rng: np.random.Generator, sentences: int, right: tuple[float, float], runs: tuple[int, int], luck: float
) -> list[list[Counts]]:
    """Two variants: sentences that are hard for both or for one of them, and runs that seeds make better or worse."""
    gold, hard = rng.poisson(1.3, sentences), rng.beta(2, 2, sentences)
    made = []
    for share, number in zip(right, runs, strict=True):
        own = rng.normal(0, 0.25, sentences)
        chances = (np.clip(share + 0.6 * (0.5 - hard) + own + rng.normal(0, luck), 0, 1) for _ in range(number))
        found = [rng.binomial(gold, chance) for chance in chances]
        made.append([np.stack([tp, rng.poisson(0.15, sentences), gold - tp], axis=1) for tp in found])
    return made


def without_luck(rng: np.random.Generator, sentences: int, runs: tuple[int, int]) -> list[list[Counts]]:
    """Variants whose runs differ no more than their sentences explain, so that only sentences are resampled."""
    while True:
        variants = simulated(rng, sentences, (0.5, 0.8), runs, 0.0)
        if not any(seed_deviations(each).any() for each in variants):
            return variants


@pytest.mark.parametrize("runs", [(2, 2), (1, 3)])
def test_randomisation_agrees_with_full_enumeration(runs: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        first, second = without_luck(rng, 8, runs)
        observed, extreme = abs(mean_f1(second) - mean_f1(first)), 0
        for swapped in itertools.product((False, True), repeat=8):
            mask = np.array(swapped)[:, None]
            differences = [
                f1(np.where(mask, one, other)) - f1(np.where(mask, other, one)) for one in first for other in second
            ]
            extreme += abs(np.mean(differences)) >= observed - 1e-12
        found = approximate_randomisation(first, second, resamples=40_000)
        assert found.p == pytest.approx(extreme / 2**8, abs=0.012)
        assert found.effect == pytest.approx(mean_f1(second) - mean_f1(first))
        assert found.unit == "sentences and seeds"


def test_the_bootstrap_agrees_with_full_enumeration() -> None:
    first, second = without_luck(np.random.default_rng(1), 5, (2, 3))
    every = []
    for drawn in itertools.product(range(5), repeat=5):
        chosen = list(drawn)
        every.append(mean_f1([run[chosen] for run in second]) - mean_f1([run[chosen] for run in first]))
    found = paired_bootstrap(first, second, resamples=40_000)
    assert found.distribution is not None
    grid = np.unique(np.round(every, 9))
    theirs = (np.array(every)[:, None] <= grid + 1e-8).mean(0)
    ours = (found.distribution[:, None] <= grid + 1e-8).mean(0)
    assert np.abs(theirs - ours).max() < 0.012


@pytest.mark.parametrize(("runs", "luck"), [((3, 3), 0.01), ((5, 4), 0.02)])
def test_coverage_and_p_under_the_null(runs: tuple[int, int], luck: float) -> None:
    rng = np.random.default_rng(2)
    covered, bootstrapped, randomised = 0, [], []
    for _ in range(1000):
        first, second = simulated(rng, 300, (0.7, 0.7), runs, luck)
        found = paired_bootstrap(first, second, 400, seed=int(rng.integers(1 << 30)))
        covered += found.low <= 0 <= found.high
        bootstrapped.append(found.p)
        randomised.append(approximate_randomisation(first, second, 400, seed=int(rng.integers(1 << 30))).p)
    assert abs(covered / 1000 - 0.95) <= 0.02
    for values in (bootstrapped, randomised):
        assert stats.kstest(values[:400], "uniform").pvalue > 0.01
        assert abs(np.mean(np.array(values) < 0.05) - 0.05) <= 0.02


def test_power_is_that_of_a_normal_effect() -> None:
    rng = np.random.default_rng(3)
    pairs = [simulated(rng, 500, (0.68, 0.72), (4, 4), 0.01) for _ in range(300)]
    effects = np.array([mean_f1(second) - mean_f1(first) for first, second in pairs])
    expected = stats.norm.cdf(effects.mean() / effects.std() - 1.96)
    assert 0.3 < expected < 0.98
    for test in (approximate_randomisation, paired_bootstrap):
        power = np.mean([test(first, second, 400).p < 0.05 for first, second in pairs])
        assert power == pytest.approx(expected, abs=0.08)


def test_the_order_of_sentences_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    first, second = simulated(rng, 200, (0.6, 0.7), (2, 3), 0.05)
    order = rng.permutation(200)
    for test in (approximate_randomisation, paired_bootstrap, t_test_over_blocks):
        one = test(first, second)
        other = test([run[order] for run in first], [run[order] for run in second])
        assert (one.p, one.effect) == (pytest.approx(other.p, abs=1e-9), pytest.approx(other.effect, abs=1e-15))
        assert one.low == pytest.approx(other.low, nan_ok=True)


def test_a_variant_beside_itself() -> None:
    runs, _ = simulated(np.random.default_rng(5), 200, (0.6, 0.7), (3, 1), 0.05)
    for test in (approximate_randomisation, paired_bootstrap, t_test_over_blocks, t_test_over_seeds):
        found = test(runs, runs)
        assert (found.effect, found.p) == (0.0, 1.0)


def test_the_t_test_over_blocks_is_scipys_over_means_of_runs() -> None:
    rng = np.random.default_rng(6)
    first, second = simulated(rng, 200, (0.6, 0.7), (2, 3), 0.02)
    found = t_test_over_blocks(first, second, 10, seed=3)
    order = rng.__class__(np.random.PCG64(3)).permutation(200)
    sorted_runs = [run[order] for run in canonical(*first, *second)]
    scores = np.array([[f1(run[k::10]) for run in sorted_runs] for k in range(10)])
    expected = stats.ttest_rel(scores[:, 2:].mean(1), scores[:, :2].mean(1))
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_what_seeds_change() -> None:
    rng = np.random.default_rng(7)
    (single,), _ = simulated(rng, 200, (0.7, 0.7), (1, 1), 0.0)
    assert seed_deviations([single]).tolist() == [0.0]
    assert seed_deviations([single, single]).tolist() == [0.0, 0.0]
    # Where sentences are many, all of the difference is the seeds'; its draws have the variance of a mean of new runs.
    runs, _ = simulated(rng, 200_000, (0.7, 0.7), (4, 1), 0.05)
    scores = np.array([f1(run) for run in runs])
    assert seed_deviations(runs) == pytest.approx((scores - scores.mean()) * np.sqrt(4 / 3), rel=0.02)
    # Elsewhere, on average, what is left is their variance.
    many = [simulated(rng, 400, (0.7, 0.7), (5, 1), 0.05)[0] for _ in range(200)]
    left = np.mean([seed_deviations(each).var() for each in many])
    lucky = np.var(np.random.default_rng(8).normal(0, 0.05, 10_000))
    slope = 1.1  # of F1 by the share of mentions that are found, about
    assert 0.5 * slope**2 * lucky / 2 < left < 2 * slope**2 * lucky


def test_luck_widens_the_interval() -> None:
    rng = np.random.default_rng(9)
    narrow, wide = (
        paired_bootstrap(*simulated(rng, 800, (0.7, 0.72), (5, 5), luck), resamples=2000) for luck in (0.0, 0.08)
    )
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert wide.low < wide.effect < wide.high
