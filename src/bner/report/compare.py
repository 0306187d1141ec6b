"""Compare two tracked runs: every test of significance by both rules, each tracked as a run of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from bner.analysis.significance import TestResult, approximate_randomisation, paired_bootstrap, t_test_over_blocks
from bner.errors import BnerError
from bner.tracking.scores import RULES, RunScores


@dataclass(frozen=True)
class Comparison:
    """The tests of two runs.

    Attributes:
        first: the run that is compared with.
        second: the run whose F1 minus the first one's is the effect.
        results: a rule, official or strict, and a test's result each.
        seed: of the resamples.
    """

    first: RunScores
    second: RunScores
    results: tuple[tuple[str, TestResult], ...]
    seed: int

    def table(self) -> pd.DataFrame:
        """Return a row a test: rule, test, unit, effect, low and high of the 95 % interval, p."""
        rows = [
            {"rule": rule, "test": each.test, "unit": each.unit, "effect": each.effect,
             "low": each.low, "high": each.high, "p": each.p}
            for rule, each in self.results
        ]  # fmt: skip
        return pd.DataFrame(rows)


def compare(first: RunScores, second: RunScores, resamples: int, seed: int) -> Comparison:
    """Test F1 of the second run minus F1 of the first by every test and both rules.

    Raises:
        BnerError: the runs are of different corpora or test sentences.
    """
    if first.sentences != second.sentences:
        raise BnerError(
            f"run {first.run_id} has scores of {len(first.sentences)} test sentences of {first.corpus} and run "
            f"{second.run_id} of {len(second.sentences)} others of {second.corpus}: compare runs on the same test part."
        )
    return Comparison(first, second, tuple(_results(first, second, resamples, seed)), seed)


def _results(first: RunScores, second: RunScores, resamples: int, seed: int) -> Iterator[tuple[str, TestResult]]:
    for rule in RULES:
        one, other = first.counts[rule], second.counts[rule]
        yield rule, approximate_randomisation(one, other, resamples, seed)
        yield rule, paired_bootstrap([one], [other], resamples, seed)
        if len(one) >= 2:
            yield rule, t_test_over_blocks(one, other, min(20, len(one)), seed)
