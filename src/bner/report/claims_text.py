"""The claims of the paper and their verdicts, as Markdown and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from bner.report.claims import ALPHA, FAILS, HOLDS, MARGIN, UNDECIDED, UNTESTED, Claim, Evidence
from bner.report.markdown import MISSING, markdown_table, p_value, points


def claims_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """Return a row for each piece of evidence, with its effect, interval, p and verdict."""
    nan = math.nan
    return pd.DataFrame(
        [
            {
                "claim": claim.text, "corpus": each.corpus, "compared": each.compared, "unit": each.unit,
                "seeds": each.seeds, "effect": each.result.effect if each.result else nan,
                "low": each.result.low if each.result else nan, "high": each.result.high if each.result else nan,
                "p": each.result.p if each.result else nan, "p_corrected": each.p_corrected,
                "verdict": each.verdict, "claim_verdict": claim.verdict(each.corpus),
            }
            for claim in claims
            for each in claim.evidence
        ]
    )  # fmt: skip


def claims_document(claims: Sequence[Claim]) -> str:
    """Return the claims in Markdown: a summary, then each claim with its evidence and what is missing."""
    corpora = sorted({each.corpus for claim in claims for each in claim.evidence})
    summary = markdown_table(["claim", *corpora], [[claim.text, *_verdicts(claim, corpora)] for claim in claims])
    parts = [
        "# Which of the paper's findings hold here",
        f"Effects with their 95 % intervals by the bootstrap over sentences and, where there are several runs, seeds. "
        f"p is corrected by Holm's method over all comparisons on a corpus. **{HOLDS}**: the effect has the claimed "
        f"sign and p < {ALPHA}. **{FAILS}**: it has the other sign and p < {ALPHA}. **{UNDECIDED}**: neither, or the "
        f"comparisons of one claim disagree. **{UNTESTED}**: runs are missing. The claim of equality "
        f"holds where the interval is above -{100 * MARGIN:g} points.",
        summary,
    ]
    for claim in claims:
        header = ["corpus", "compared", "seeds", "effect in points (95 % interval)", "p, corrected", ""]
        parts += [f"## {claim.text}", markdown_table(header, [_cells(each) for each in claim.evidence])]
        missing = dict.fromkeys(command for each in claim.evidence for command in each.missing)
        if missing:
            parts.append("Missing runs:\n\n```\n" + "\n".join(missing) + "\n```")
    return "\n\n".join(parts)


def _verdicts(claim: Claim, corpora: Sequence[str]) -> list[str]:
    own = {each.corpus for each in claim.evidence}
    return [claim.verdict(corpus) if corpus in own else MISSING for corpus in corpora]


def _cells(each: Evidence) -> list[str]:
    effect = MISSING
    if each.result is not None and not math.isnan(each.result.effect):
        result = each.result
        effect = f"{points(result.effect)} ({points(result.low)} to {points(result.high)})"
    return [each.corpus, each.compared, each.seeds, effect, p_value(each.p_corrected), each.verdict]
