"""Comparisons as text for the terminal and as values for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bner.analysis.kinds import TestKind
from bner.report.compare import Comparison, Row, paired_runs


def two_runs_text(comparison: Comparison) -> str:
    """Return a row a test of two runs."""
    (first,), (second,) = comparison.baseline.runs, comparison.rows[0].variant.runs
    table = comparison.table().drop(columns=["variant", "p_corrected"])
    head = f"F1 of {second.name} ({second.run_id})\nminus {first.name} ({first.run_id}), with 95 % intervals:"
    return f"{head}\n{_text(table, ['p'])}"


def two_runs_values(comparison: Comparison, runs: Sequence[str]) -> dict[str, Any]:
    """Return the tests of two runs as values that JSON has, which has no NaN.

    Args:
        comparison: the tests.
        runs: the runs that track them, in the order of its table.
    """
    (first,), (second,) = comparison.baseline.runs, comparison.rows[0].variant.runs
    tests = comparison.table().drop(columns=["variant", "p_corrected"]).assign(run=list(runs)).to_dict("records")
    settings = {"resamples": comparison.resamples, "seed": comparison.seed}
    return dict(_without_nan({"first": first.run_id, "second": second.run_id, **settings, "tests": tests}))


def variants_text(comparison: Comparison) -> str:
    """Return a table for each rule: a row a variant, with F1, effect, interval, and p and corrected p of each test."""
    baseline = comparison.baseline
    lines = [f"{comparison.corpus}: {baseline.name}, {_seeds(baseline.seeds)}, is the baseline"]
    for rule in dict.fromkeys(row.rule for row in comparison.rows):
        rows = [row for row in comparison.rows if row.rule == rule]
        kinds = [kind for kind in TestKind if any(each.kind is kind for row in rows for each in row.tests)]
        table = pd.DataFrame([_wide(row, comparison.corpus, kinds) for row in rows])
        ps = [column for column in table.columns if column.startswith(("p ", "Holm "))]
        lines += ["", f"{rule} rule, F1 of the baseline {rows[0].baseline_f1:.4f}:", _text(table, ps)]
    return "\n".join([*lines, "", *_units(comparison)])


def variants_values(comparison: Comparison, runs: Sequence[str]) -> dict[str, Any]:
    """Return the tests of variants as values that JSON has, a row a rule and variant.

    Args:
        comparison: the tests.
        runs: the runs that track them, in the order of its table.
    """
    baseline = comparison.baseline
    found = iter(runs)
    rows = []
    for row in comparison.rows:
        tests = [
            {"test": each.result.test, "unit": each.result.unit, "effect": each.result.effect, "low": each.result.low,
             "high": each.result.high, "p": each.result.p, "p_corrected": each.p_corrected, "run": next(found)}
            for each in row.tests
        ]  # fmt: skip
        rows.append({
            "rule": row.rule, "variant": row.variant.name, "runs": [run.run_id for run in row.variant.runs],
            "seeds": list(row.variant.seeds), "baseline_f1": row.baseline_f1, "f1": row.f1, "effect": row.effect,
            "low": row.low, "high": row.high, "tests": tests,
        })  # fmt: skip
    values = {
        "corpus": comparison.corpus, "baseline": baseline.name, "runs": [run.run_id for run in baseline.runs],
        "seeds": list(baseline.seeds), "resamples": comparison.resamples, "seed": comparison.seed, "rows": rows,
    }  # fmt: skip
    return dict(_without_nan(values))


def _wide(row: Row, corpus: str, kinds: list[TestKind]) -> dict[str, object]:
    made = {each.kind: each for each in row.tests}
    values: dict[str, object] = {
        "variant": row.variant.name.removeprefix(f"{corpus}-"),
        "seeds": ",".join(map(str, row.variant.seeds)), "F1": row.f1, "effect": row.effect, "low": row.low,
        "high": row.high,
    }  # fmt: skip
    for kind in kinds:
        values[f"p {kind}"] = made[kind].result.p if kind in made else math.nan
        values[f"Holm {kind}"] = made[kind].p_corrected if kind in made else math.nan
    return values


def _units(comparison: Comparison) -> list[str]:
    """Say what each test resampled or paired, and which runs have no partner."""
    units: dict[TestKind, list[str]] = {}
    for row in comparison.rows:
        for each in row.tests:
            found = units.setdefault(each.kind, [])
            text = f"{each.result.test} over {each.result.unit}"
            found += [text] if text not in found else []
    lines = [f"{kind}: {' or '.join(units[kind])}" for kind in TestKind if kind in units]
    lines.append(
        "low and high: the 95 % interval of the effect, by the paired bootstrap; Holm: p corrected over the rows"
    )
    for row in {row.variant.name: row for row in comparison.rows}.values():
        paired = {run.seed for run, _ in paired_runs(comparison.baseline, row.variant)}
        alone = [str(seed) for seed in row.variant.seeds if seed not in paired]
        left = [str(seed) for seed in comparison.baseline.seeds if seed not in paired]
        if TestKind.SEEDS in units and (alone or left):
            sides = [
                f"{', '.join(each)} of {whose}"
                for each, whose in ((alone, row.variant.name), (left, "the baseline"))
                if each
            ]
            lines.append(f"without a partner, and so not in its test over seeds: seeds {' and '.join(sides)}")
    return lines


def _seeds(seeds: tuple[int, ...]) -> str:
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(map(str, seeds))}"


def _text(table: pd.DataFrame, ps: Sequence[str]) -> str:
    formatters = dict.fromkeys(ps, lambda p: "-" if math.isnan(p) else f"{p:.2g}")
    return str(table.to_string(index=False, float_format="%.4f", formatters=formatters, na_rep="-"))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
