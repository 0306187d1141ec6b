"""Format tables of the report in Markdown: scores in percent as the paper prints them, p with its digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

MISSING = "-"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Format a table; numbers stand to the right.

    >>> print(markdown_table(["vectors", "F1"], [["glove50", "81.20"]]))
    | vectors | F1 |
    | --- | ---: |
    | glove50 | 81.20 |
    """
    lines = [list(header), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    numeric = [all(_is_number(row[column]) for row in lines[1:]) for column in range(len(header))]
    rule = ["---:" if right and len(lines) > 1 else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))


def comparison_table(frame: pd.DataFrame) -> str:
    """Format the filled rows of a table of the paper on one corpus.

    Args:
        frame: see `bner.report.filled.frame`.
    """
    header = (
        "", "seeds", "dev F1", "P", "R", "official F1", "strict F1", "effect on official F1 (95 % interval)",
        "p, corrected", "paper's F1",
    )  # fmt: skip
    rows = []
    for row in frame.to_dict("records"):
        effect = MISSING
        if not math.isnan(row["effect"]):
            effect = f"{points(row['effect'])} ({points(row['low'])} to {points(row['high'])})"
        rows.append(
            [
                str(row["row"]), str(row["seeds"]) if row["seeds"] else "missing", percent(row["dev_f1"]),
                percent(row["precision"]), percent(row["recall"]), percent(row["f1"], row["f1_deviation"]),
                percent(row["strict_f1"], row["strict_f1_deviation"]), effect, p_value(row["p_corrected"]),
                percent(row["paper_f1"]),
            ]
        )  # fmt: skip
    return markdown_table(header, rows)


def percent(value: float, deviation: float = math.nan) -> str:
    """Format a fraction in percent, with its standard deviation where there is one.

    >>> percent(0.8655), percent(0.8655, 0.0012), percent(float("nan"))
    ('86.55', '86.55 ± 0.12', '-')
    """
    if math.isnan(value):
        return MISSING
    return f"{100 * value:.2f}" + ("" if math.isnan(deviation) else f" ± {100 * deviation:.2f}")


def points(value: float) -> str:
    """Format a difference of fractions in points, with its sign.

    >>> points(0.0123), points(-0.00001)
    ('+1.23', '-0.00')
    """
    return f"{100 * value:+.2f}"


def p_value(p: float) -> str:
    """Format p with two significant digits.

    >>> p_value(0.00019998), p_value(1.0), p_value(float("nan"))
    ('0.0002', '1', '-')
    """
    return MISSING if math.isnan(p) else f"{p:.2g}"


def _is_number(cell: str) -> bool:
    return cell in (MISSING, "missing", "") or cell.lstrip("+-")[:1].isdigit()
