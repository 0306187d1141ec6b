"""Tests of significance against enumeration, scipy, simulation and what they must not depend on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bner.analysis.counts import Counts, canonical, f1_of
from bner.analysis.significance import (
    TestResult,
    approximate_randomisation,
    holm,
    paired_bootstrap,
    t_test_over_blocks,
    t_test_over_seeds,
)


def randomised(first: Counts, second: Counts, resamples: int = 10_000, seed: int = 1) -> TestResult:
    return approximate_randomisation([first], [second], resamples, seed)


def blocked(first: Counts, second: Counts, number: int = 20, seed: int = 1) -> TestResult:
    return t_test_over_blocks([first], [second], number, seed)


def f1(counts: Counts) -> float:
    return float(f1_of(counts.sum(0).astype(float)))


def simulated(
    rng: np.random.Generator, sentences: int, right: tuple[float, ...], wrong: tuple[float, ...] = (0.15, 0.15)
) -> list[NDArray[np.int64]]:
    """Taggers that find each gold mention, and invent mentions, with these probabilities; errors are correlated."""
    gold = rng.poisson(1.3, sentences)
    hard = rng.beta(2, 2, sentences)  # shared by the taggers
    made = []
    for share, invented in zip(right, wrong, strict=True):
        chance = np.clip(share + 0.6 * (0.5 - hard), 0, 1)
        tp = rng.binomial(gold, chance)
        made.append(np.stack([tp, rng.poisson(invented, sentences), gold - tp], axis=1))
    return made


def test_f1_of_sums() -> None:
    sums = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0], [0.0, 2.0, 1.0]])
    assert f1_of(sums).tolist() == pytest.approx([2 / 3, 0.0, 0.0])


def test_randomisation_agrees_with_full_enumeration() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        first, second = simulated(rng, 9, (0.5, 0.8))
        observed = abs(f1(second) - f1(first))
        extreme = total = 0
        for swapped in itertools.product((False, True), repeat=9):
            mask = np.array(swapped)[:, None]
            one, other = np.where(mask, second, first), np.where(mask, first, second)
            extreme += abs(f1(other) - f1(one)) >= observed - 1e-12
            total += 1
        found = randomised(first, second, resamples=40_000)
        assert found.p == pytest.approx(extreme / total, abs=0.012)
        assert found.effect == pytest.approx(f1(second) - f1(first))


def test_the_bootstrap_agrees_with_full_enumeration() -> None:
    first, second = simulated(np.random.default_rng(3), 5, (0.5, 0.8))
    every = []
    for drawn in itertools.product(range(5), repeat=5):
        chosen = list(drawn)
        every.append(f1(second[chosen]) - f1(first[chosen]))
    found = paired_bootstrap([first], [second], resamples=40_000)
    assert found.distribution is not None
    grid = np.unique(every)
    theirs = (np.array(every)[:, None] <= grid + 1e-12).mean(0)
    ours = (found.distribution[:, None] <= grid + 1e-12).mean(0)
    assert np.abs(theirs - ours).max() < 0.012
    below, above = (np.array(every) <= 1e-12).mean(), (np.array(every) >= -1e-12).mean()
    assert found.p == pytest.approx(min(1, 2 * min(below, above)), abs=0.02)


def test_p_is_uniform_under_the_null() -> None:
    rng = np.random.default_rng(1)

    def drawn(first: Counts, second: Counts) -> TestResult:
        return approximate_randomisation([first], [second], 999, seed=int(rng.integers(1 << 30)))

    for test in (drawn, blocked):
        values = [test(*simulated(rng, 400, (0.7, 0.7))).p for _ in range(400)]
        assert stats.kstest(values, "uniform").pvalue > 0.01
    values = [paired_bootstrap([a], [b], 999).p for a, b in (simulated(rng, 400, (0.7, 0.7)) for _ in range(400))]
    assert stats.kstest(values, "uniform").pvalue > 0.01


def test_the_interval_covers_the_true_effect() -> None:
    rng = np.random.default_rng(2)
    one, other = simulated(rng, 2_000_000, (0.68, 0.72))
    true = f1(other) - f1(one)
    covered = 0
    for _ in range(1000):
        first, second = simulated(rng, 500, (0.68, 0.72))
        found = paired_bootstrap([first], [second], 600, seed=int(rng.integers(1 << 30)))
        covered += found.low <= true <= found.high
    assert abs(covered / 1000 - 0.95) <= 0.02


def test_a_real_difference_is_found_and_a_large_one_always() -> None:
    rng = np.random.default_rng(4)
    tests = (
        lambda a, b: randomised(a, b, 500),
        lambda a, b: paired_bootstrap([a], [b], 500),
        blocked,
    )
    for right, least in (((0.6, 0.8), 0.99), ((0.70, 0.73), 0.30)):
        pairs = [simulated(rng, 1000, right) for _ in range(100)]
        powers = [np.mean([test(a, b).p < 0.05 for a, b in pairs]) for test in tests]
        assert min(powers) >= least
        assert max(powers) - min(powers) < 0.25


def test_the_order_of_sentences_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    first, second = simulated(rng, 300, (0.6, 0.7))
    order = rng.permutation(300)
    for test in (randomised, blocked, lambda a, b: paired_bootstrap([a], [b])):
        one, other = test(first, second), test(first[order], second[order])
        assert (one.p, one.effect) == (other.p, pytest.approx(other.effect, abs=1e-15))
        assert one.low == other.low or np.isnan(one.low)


def test_the_two_taggers_are_alike_to_the_tests() -> None:
    first, second = simulated(np.random.default_rng(6), 300, (0.6, 0.7))
    for test in (randomised, lambda a, b: paired_bootstrap([a], [b])):
        one, other = test(first, second), test(second, first)
        assert one.effect == pytest.approx(-other.effect)
        assert one.p == pytest.approx(other.p, abs=0.01)


def test_a_tagger_beside_itself() -> None:
    (counts,) = simulated(np.random.default_rng(7), 100, (0.6,), (0.2,))
    for test in (
        randomised, blocked, lambda a, b: paired_bootstrap([a, a], [b, b]),
        lambda a, b: t_test_over_seeds([a, a], [b, b]),
    ):  # fmt: skip
        found = test(counts, counts)
        assert (found.effect, found.p) == (0.0, 1.0)


def test_t_tests_are_scipys() -> None:
    rng = np.random.default_rng(8)
    first, second = ([simulated(rng, 200, (share,), (0.1,))[0] for _ in range(4)] for share in (0.6, 0.7))
    found = t_test_over_seeds(first, second)
    expected = stats.ttest_rel([f1(each) for each in second], [f1(each) for each in first])
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    blocks = blocked(first[0], second[0], 10, seed=3)
    order = np.random.default_rng(3).permutation(200)
    one, other = (each[order] for each in canonical(first[0], second[0]))
    theirs = stats.ttest_rel([f1(other[k::10]) for k in range(10)], [f1(one[k::10]) for k in range(10)])
    assert blocks.p == pytest.approx(theirs.pvalue)


def test_holms_correction() -> None:
    rng = np.random.default_rng(10)
    values = rng.random(7).tolist()
    ranked = sorted(values)
    expected = [min(1.0, max((7 - k) * ranked[k] for k in range(ranked.index(value) + 1))) for value in values]
    assert holm(values) == pytest.approx(expected)
    assert holm([]) == []


def test_what_cannot_be_tested() -> None:
    few, more = np.ones((3, 3), np.int64), np.ones((4, 3), np.int64)
    with pytest.raises(ValueError, match="counts of 3 and 4 sentences cannot be paired"):
        randomised(few, more)
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_bootstrap([few], [more])
    with pytest.raises(ValueError, match="3 sentences cannot be cut into 20 blocks"):
        blocked(few, few)
    with pytest.raises(ValueError, match="0 and 1 runs: each variant needs one or more"):
        paired_bootstrap([], [few])
    with pytest.raises(ValueError, match="1 and 1 runs are not two or more pairs"):
        t_test_over_seeds([few], [few])
