"""`bner score`: the official scores of prediction files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Score a prediction file by the rules of a shared task.", no_args_is_help=True)


@app.command("gm")
def score_gm(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in GM's format (*.eval).")],
    gold: Annotated[Path, typer.Option(help="The folder with GENE.eval and ALTGENE.eval.", metavar="FOLDER")],
) -> None:
    """Print BioCreative II GM's official score, with alternatives, as one line."""
    from bner.scoring.files import score_gm_files

    print(score_gm_files(gold, predictions).total)


@app.command("jnlpba")
def score_jnlpba(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in IOB2.")],
    gold: Annotated[Path, typer.Option(help="The gold file in IOB2.", metavar="FILE")],
) -> None:
    """Print JNLPBA 2004's official score: one line over all, then one for each type and boundary.

    Predicted tags that are illegal in IOB2 are read as the official script reads them, with a warning.
    """
    from bner.scoring.files import score_jnlpba_files
    from bner.scoring.jnlpba import ALL

    scores = score_jnlpba_files(gold, predictions)
    if scores.illegal:
        print(
            f"bner: warning: {predictions} has {len(scores.illegal)} illegal IOB2 tags (first {scores.illegal[0]}), "
            "which are scored as the official script reads them: see docs/scoring.md.",
            file=sys.stderr,
        )
    print(scores.table[ALL, "full"].total)
    for (type_, match), counts in scores.table.items():
        if (type_, match) != (ALL, "full"):
            print(f"{type_} {match} {counts.total}")
