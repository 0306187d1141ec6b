"""The paper's findings, claim by claim, as tracked runs decide them: holds, does not hold, undecided."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bner.analysis.kinds import TestKind
from bner.analysis.shares import Shares, share_difference, share_interval
from bner.analysis.significance import TestResult, holm
from bner.report.cells import NO_CHARACTERS, Cell, Results, Variant, changed, command_for
from bner.report.compare import compare_variants
from bner.report.error_shares import boundary_share, one_token_share
from bner.report.errors import error_list
from bner.report.filled import RULE
from bner.report.paper import JNLPBA
from bner.report.tables import FEATURES

ALPHA = 0.05
MARGIN = 0.005  # of official F1: less than half a point is as good
EXPECTED_BOUNDARIES = 0.8
GENERAL, RANDOM, DOMAIN = "glove50", "random300", "biomed300"

HOLDS, FAILS, UNDECIDED, UNTESTED = "holds", "does not hold", "undecided", "not tested"


@dataclass(frozen=True)
class Evidence:
    """The evidence of one comparison on one corpus for or against a claim.

    Attributes:
        corpus: the corpus's name.
        compared: what is compared, in words.
        unit: what the effect is a difference of, as in `official F1`.
        direction: the sign of the effect by which the claim holds: 1, -1, or 0 where it must not be below -`MARGIN`.
        seeds: numbers of runs on either side, in words.
        result: the effect with its interval; None where runs are missing.
        p_corrected: p by Holm's method over all evidence on the corpus.
        missing: commands that train what is missing.
    """

    corpus: str
    compared: str
    unit: str
    direction: int
    seeds: str
    result: TestResult | None
    p_corrected: float = math.nan
    missing: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Return what it says about the claim.

        A directed claim holds where the effect has its sign and corrected p is below `ALPHA`, and does not hold where
        it has the other sign and p is below `ALPHA`. A claim of equality holds where the interval is above -`MARGIN`,
        and does not hold where it is below 0.
        """
        if self.result is None or math.isnan(self.result.effect):
            return UNTESTED
        if self.direction == 0:
            if self.result.low > -MARGIN:
                return HOLDS
            return FAILS if self.result.high < 0 else UNDECIDED
        if not self.p_corrected < ALPHA:
            return UNDECIDED
        return HOLDS if self.result.effect * self.direction > 0 else FAILS


@dataclass(frozen=True)
class Claim:
    """A finding of the paper with what speaks for or against it.

    Attributes:
        text: the claim.
        evidence: by corpus.
    """

    text: str
    evidence: tuple[Evidence, ...]

    def verdict(self, corpus: str) -> str:
        """Return the verdict on a corpus: that of all its evidence, `undecided` where it disagrees."""
        found = {each.verdict for each in self.evidence if each.corpus == corpus}
        if FAILS in found:
            return FAILS if found == {FAILS} else UNDECIDED
        return found.pop() if len(found) == 1 else UNTESTED if UNTESTED in found else UNDECIDED


@dataclass(frozen=True)
class _Judge:
    """Compares variants on a corpus."""

    results: Results
    corpus: str
    data: Path | None
    resamples: int
    seed: int

    def f1(self, compared: str, first: Variant, second: Variant, direction: int = 1) -> Evidence:
        """Compare official F1, the second variant's minus the first one's."""

        def test(one: Cell, other: Cell) -> TestResult:
            scores = self.results.scores
            comparison = compare_variants(
                scores(one), {compared: scores(other)}, self.resamples, self.seed,
                tests=[TestKind.BOOTSTRAP], rules=[RULE],
            )  # fmt: skip
            return comparison.rows[0].tests[0].result

        return self._evidence(compared, "official F1", direction, [first, second], lambda cells: test(*cells))

    def boundaries(self, variant: Variant, side: str) -> Evidence:
        """Compare the share of boundary errors with the paper's."""
        compared = f"share of boundary errors among {side.upper()}, minus {100 * EXPECTED_BOUNDARIES:.0f} %"

        def test(cells: Sequence[Cell]) -> TestResult:
            runs = self._shares(cells[0], lambda errors, number: boundary_share(errors, number, side))
            return share_interval(runs, EXPECTED_BOUNDARIES, self.resamples, self.seed)

        return self._evidence(compared, "share", 1, [variant], test)

    def one_token(self, first: Variant, second: Variant) -> Evidence:
        """Compare the shares of mentions of one token among the missing ones."""
        compared = "share of one-token mentions among the missing, with characters minus without"

        def test(cells: Sequence[Cell]) -> TestResult:
            one, other = (self._shares(cell, one_token_share) for cell in cells)
            return share_difference(one, other, self.resamples, self.seed)

        return self._evidence(compared, "share", -1, [first, second], test)

    def _shares(self, cell: Cell, of: Callable[[pd.DataFrame, int], Shares]) -> list[Shares]:
        return [
            of(error_list(self.results.uri, scores.run_id, self.data), len(scores.sentences))
            for scores in self.results.scores(cell)
        ]

    def _evidence(
        self,
        compared: str,
        unit: str,
        direction: int,
        variants: Sequence[Variant],
        test: Callable[[Sequence[Cell]], TestResult],
    ) -> Evidence:
        cells = [self.results.cell(self.corpus, variant) for variant in variants]
        like = [run for cell in cells for run in cell.runs] or list(next(iter(self.results.cells.values())).runs)
        missing = tuple(command_for(cell, like) for cell in cells if not cell.runs)
        seeds = " and ".join(str(len(cell.runs)) for cell in cells)
        result = None if missing else test(cells)
        return Evidence(self.corpus, compared, unit, direction, seeds, result, missing=missing)


def judge(
    results: Results, base: Variant, data: Path | None = None, resamples: int = 10_000, seed: int = 1
) -> list[Claim]:
    """Judge the paper's claims by the finished runs, on every corpus that has some.

    Args:
        results: the finished runs.
        base: the paper's best model.
        data: the data folder, for the corpora; None is the one of each run.
        resamples: of the bootstraps.
        seed: of the resamples.

    Raises:
        BnerError: a run lacks its counts or predictions, or the corpus's files are missing.
    """
    judges = [_Judge(results, corpus, data, resamples, seed) for corpus in results.corpora]
    claims: dict[str, list[Evidence]] = {}
    for each in judges:
        for text, evidence in _claims(each, base):
            claims.setdefault(text, []).append(evidence)
    return _corrected([Claim(text, tuple(evidence)) for text, evidence in claims.items()])


def _claims(judge: _Judge, base: Variant) -> Iterator[tuple[str, Evidence]]:
    lstm, plain = changed(base, model="lstm"), changed(base, char=NO_CHARACTERS)
    random, general = changed(base, embedding=RANDOM), changed(base, embedding=GENERAL)
    yield "Two directions help", judge.f1("BLSTM minus LSTM", lstm, base)
    for other in (random, general):
        yield "Domain vectors help", judge.f1(f"{base.embedding} minus {other.embedding}", other, base)
    yield "Characters help", judge.f1("with characters minus without", plain, base)
    yield "The CRF helps", judge.f1("CRF minus softmax", changed(base, decoder="softmax"), base)
    for other in (general, random):
        tuned = changed(other, vectors="tuned")
        evidence = judge.f1(f"{other.embedding}, tuned minus frozen", other, tuned)
        yield "Fine-tuning helps general and random vectors", evidence
    for embedding in dict.fromkeys((base.embedding, "biomed50")):
        frozen = changed(base, embedding=embedding)
        tuned = changed(frozen, vectors="tuned")
        evidence = judge.f1(f"{embedding}, tuned minus frozen", frozen, tuned, direction=-1)
        yield "Fine-tuning hurts domain vectors", evidence
    if judge.corpus == JNLPBA:  # with one type every error is one of boundaries
        for side in ("fp", "fn"):
            yield "More than 80 % of errors are boundaries", judge.boundaries(base, side)
    yield "Characters cut the single-word share of missing mentions", judge.one_token(plain, base)
    rivals = [cell.variant for cell in judge.results.matching(judge.corpus, model=FEATURES)]
    for variant in rivals or [Variant(FEATURES, "none", "frozen", "none", "crf", "default")]:
        yield "As good as hand-made features without any", judge.f1(f"BLSTM minus {FEATURES}", variant, base, 0)


def _corrected(claims: Sequence[Claim]) -> list[Claim]:
    """Correct p over all evidence on each corpus."""
    tested = [each for claim in claims for each in claim.evidence if each.result and not math.isnan(each.result.p)]
    corrected: dict[int, float] = {}
    for corpus in {each.corpus for each in tested}:
        own = [each for each in tested if each.corpus == corpus]
        values = holm([each.result.p for each in own if each.result])
        corrected |= {id(each): p for each, p in zip(own, values, strict=True)}
    return [
        replace(
            claim,
            evidence=tuple(replace(each, p_corrected=corrected.get(id(each), math.nan)) for each in claim.evidence),
        )
        for claim in claims
    ]
