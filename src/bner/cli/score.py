"""`bner score`: the official scores of prediction files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Score a prediction file by the rules of a shared task.", no_args_is_help=True)


@app.command("gm")
def score_gm(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in GM's format (*.eval).")],
    gold: Annotated[Path, typer.Option(help="The folder with GENE.eval and ALTGENE.eval.", metavar="FOLDER")],
) -> None:
    """BioCreative II GM's official score, with alternatives, as one line."""
    from bner.scoring.files import score_gm_files

    print(score_gm_files(gold, predictions))


@app.command("jnlpba")
def score_jnlpba(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in IOB2.")],
    gold: Annotated[Path, typer.Option(help="The gold file in IOB2.", metavar="FILE")],
) -> None:
    """JNLPBA 2004's official score: one line over all, then one for each type and boundary."""
    from bner.scoring.files import score_jnlpba_files

    for line in score_jnlpba_files(gold, predictions):
        print(line)
