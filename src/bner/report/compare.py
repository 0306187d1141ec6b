"""Compare variants with a baseline: the effect on F1 with its interval, and every test of significance, by both rules.

Two runs are the case of two variants with one run each. Nothing here reads or writes MLflow: see `compare_tracked` for
runs that are tracked, and `significance_runs` for tracking.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bner.analysis.counts import Counts, f1_of
from bner.analysis.kinds import TestKind
from bner.analysis.significance import (
    TestResult,
    approximate_randomisation,
    holm,
    paired_bootstrap,
    t_test_over_blocks,
    t_test_over_seeds,
)
from bner.errors import BnerError
from bner.tracking.scores import RULES, RunScores

_BLOCKS = 20  # of sentences, in the t-test over blocks


@dataclass(frozen=True)
class Variant:
    """A variant with its runs.

    Attributes:
        name: of the variant.
        runs: sorted by seed, one or more.
    """

    name: str
    runs: tuple[RunScores, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The runs' seeds."""
        return tuple(run.seed for run in self.runs)

    def counts(self, rule: str) -> list[Counts]:
        """Return the counts by sentence of each run."""
        return [run.counts[rule] for run in self.runs]

    def f1(self, rule: str) -> float:
        """Compute the mean F1 of the runs."""
        return float(np.mean([f1_of(counts.sum(0).astype(np.float64)) for counts in self.counts(rule)]))


@dataclass(frozen=True)
class Tested:
    """A test of one variant against the baseline.

    Attributes:
        kind: which test.
        result: its result; the interval is the bootstrap's where the test gives none of its own.
        p_corrected: p by Holm's correction over the variants, for this test and rule.
    """

    kind: TestKind
    result: TestResult
    p_corrected: float


@dataclass(frozen=True)
class Row:
    """A variant beside the baseline, by one rule.

    Attributes:
        rule: official or strict.
        variant: the variant.
        baseline_f1: mean F1 of the baseline's runs.
        f1: mean F1 of the variant's runs.
        effect: the second minus the first.
        low: lower end of the effect's 95 % interval, by the paired bootstrap.
        high: upper end.
        tests: the tests that were made.
    """

    rule: str
    variant: Variant
    baseline_f1: float
    f1: float
    effect: float
    low: float
    high: float
    tests: tuple[Tested, ...]

    def corrected(self, kind: TestKind = TestKind.BOOTSTRAP) -> float:
        """Return the corrected p of a test, NaN where it was not made."""
        return next((each.p_corrected for each in self.tests if each.kind == kind), float("nan"))


@dataclass(frozen=True)
class Comparison:
    """Variants beside a baseline, on the test part of one corpus.

    Attributes:
        baseline: the variant that the others are compared with.
        rows: by rule, then by variant in the order given.
        resamples: of the randomisation and the bootstrap.
        seed: of the resamples.
    """

    baseline: Variant
    rows: tuple[Row, ...]
    resamples: int
    seed: int

    @property
    def corpus(self) -> str:
        """The corpus's name."""
        return self.baseline.runs[0].corpus

    def table(self) -> pd.DataFrame:
        """Return a row a test: rule, variant, test, unit, effect, low, high, p, p_corrected."""
        rows = [
            {"rule": row.rule, "variant": row.variant.name, "test": each.result.test, "unit": each.result.unit,
             "effect": each.result.effect, "low": each.result.low, "high": each.result.high, "p": each.result.p,
             "p_corrected": each.p_corrected}
            for row in self.rows
            for each in row.tests
        ]  # fmt: skip
        return pd.DataFrame(rows)


def compare_variants(
    baseline: Sequence[RunScores],
    others: Mapping[str, Sequence[RunScores]],
    resamples: int = 10_000,
    seed: int = 1,
    *,
    name: str = "baseline",
    tests: Collection[TestKind] | None = None,
    rules: Sequence[str] = RULES,
) -> Comparison:
    """Test the mean F1 of each variant's runs minus that of the baseline's, with Holm's correction over the variants.

    Runs of several seeds stand for their variant: see `bner.analysis.significance` for what each test does with them.
    The t-test over seeds pairs runs of equal seeds; runs without a partner are in every test but this one.

    Args:
        baseline: the runs of the baseline, one or more.
        others: the runs of the other variants, by name.
        resamples: of the randomisation and the bootstrap.
        seed: of the resamples.
        name: of the baseline.
        tests: which to make; None for all, the one over seeds where there are two pairs of runs.
        rules: official, strict or both.

    Raises:
        BnerError: runs are of different corpora or test sentences, a variant has no runs, or the test over seeds is
            asked for and there are fewer than two pairs.
    """
    first = _variant(name, baseline)
    variants = [_variant(key, runs) for key, runs in others.items()]
    for variant in variants:
        _check_sentences(first, variant)
        if tests is not None and TestKind.SEEDS in tests:
            _check_pairs(first, variant)
    rows = []
    for rule in rules:
        made = [_row(first, variant, rule, tests, resamples, seed) for variant in variants]
        rows += _corrected(made)
    return Comparison(first, tuple(rows), resamples, seed)


def paired_runs(first: Variant, second: Variant) -> list[tuple[RunScores, RunScores]]:
    """Return the pairs of runs with equal seeds, by seed."""
    partners = {run.seed: run for run in second.runs}
    return [(run, partners[run.seed]) for run in first.runs if run.seed in partners]


def _row(
    first: Variant, second: Variant, rule: str, tests: Collection[TestKind] | None, resamples: int, seed: int
) -> Row:
    """Make the tests of one variant; their corrected p is still p."""
    one, other = first.counts(rule), second.counts(rule)
    bootstrap = paired_bootstrap(one, other, resamples, seed)
    pairs = paired_runs(first, second)
    made: dict[TestKind, TestResult] = {}
    for kind in TestKind if tests is None else sorted(set(tests), key=list(TestKind).index):
        if kind is TestKind.RANDOMISATION:
            result = approximate_randomisation(one, other, resamples, seed)
            made[kind] = replace(result, low=bootstrap.low, high=bootstrap.high)
        elif kind is TestKind.BOOTSTRAP:
            made[kind] = bootstrap
        elif kind is TestKind.BLOCKS and len(one[0]) >= 2:
            made[kind] = t_test_over_blocks(one, other, min(_BLOCKS, len(one[0])), seed)
        elif kind is TestKind.SEEDS and len(pairs) >= 2:
            made[kind] = t_test_over_seeds(
                [run.counts[rule] for run, _ in pairs], [run.counts[rule] for _, run in pairs]
            )
    return Row(
        rule, second, first.f1(rule), second.f1(rule), bootstrap.effect, bootstrap.low, bootstrap.high,
        tuple(Tested(kind, result, result.p) for kind, result in made.items()),
    )  # fmt: skip


def _corrected(rows: Sequence[Row]) -> list[Row]:
    """Correct the p of each test over the rows."""
    corrected: dict[tuple[int, TestKind], float] = {}
    for kind in TestKind:
        found = {number: each.result.p for number, row in enumerate(rows) for each in row.tests if each.kind == kind}
        corrected |= {(number, kind): p for number, p in zip(found, holm(list(found.values())), strict=True)}
    return [
        replace(row, tests=tuple(replace(each, p_corrected=corrected[number, each.kind]) for each in row.tests))
        for number, row in enumerate(rows)
    ]


def _variant(name: str, runs: Sequence[RunScores]) -> Variant:
    if not runs:
        raise BnerError(f"{name} has no runs: it cannot be compared, train it first.")
    return Variant(name, tuple(sorted(runs, key=lambda run: run.seed)))


def _check_sentences(first: Variant, second: Variant) -> None:
    expected = first.runs[0]
    for run in (*first.runs, *second.runs):
        if run.sentences != expected.sentences:
            raise BnerError(
                f"run {expected.run_id} has scores of {len(expected.sentences)} test sentences of {expected.corpus} "
                f"and run {run.run_id} of {len(run.sentences)} others of {run.corpus}: compare runs on the same test "
                "part."
            )


def _check_pairs(first: Variant, second: Variant) -> None:
    if len(paired_runs(first, second)) < 2:
        seeds = [f"{each.name} has {', '.join(map(str, each.seeds))}" for each in (first, second)]
        raise BnerError(
            f"the test over seeds needs two or more pairs of runs with equal seeds, and {' and '.join(seeds)}: train "
            "more seeds, or leave --test seeds out."
        )
