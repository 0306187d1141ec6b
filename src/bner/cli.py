"""The command `bner`: everything but training, each command a thin call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.errors import reported

app = typer.Typer(
    help="Biomedical named entity recognition: scores and tools around train.py.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
score = typer.Typer(help="Score a prediction file by the rules of a shared task.", no_args_is_help=True)
app.add_typer(score, name="score")


@app.callback()
def _bner() -> None:
    """Biomedical named entity recognition: scores and tools around train.py."""


@score.command("gm")
def score_gm(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in GM's format (*.eval).")],
    gold: Annotated[Path, typer.Option(help="The folder with GENE.eval and ALTGENE.eval.", metavar="FOLDER")],
) -> None:
    """BioCreative II GM's official score, with alternatives, as one line."""
    from bner.scoring.files import score_gm_files

    print(score_gm_files(gold, predictions))


@score.command("jnlpba")
def score_jnlpba(
    predictions: Annotated[Path, typer.Argument(metavar="FILE", help="Predictions in IOB2.")],
    gold: Annotated[Path, typer.Option(help="The gold file in IOB2.", metavar="FILE")],
) -> None:
    """JNLPBA 2004's official score: one line over all, then one for each type and boundary."""
    from bner.scoring.files import score_jnlpba_files

    for line in score_jnlpba_files(gold, predictions):
        print(line)


@app.command("runs")
def runs(
    mlruns: Annotated[Path, typer.Option(help="The folder with mlflow.db.", metavar="FOLDER")] = Path("mlruns"),
    uri: Annotated[
        str | None, typer.Option(help="Another MLflow store.", envvar="MLFLOW_TRACKING_URI", metavar="URI")
    ] = None,
    experiment: Annotated[str, typer.Option(help="The MLflow experiment.")] = "bner",
) -> None:
    """List the tracked runs with their scores, the newest first."""
    from bner.tracking.listing import runs_table
    from bner.tracking.store import tracking_uri

    table = runs_table(tracking_uri(uri, mlruns), experiment)
    print(table.to_string(index=False, float_format="%.4f", na_rep="-") if len(table) else "there are no runs yet")


def main() -> None:
    """The entry point: errors that the user can put right are one sentence and exit code 1."""
    with reported():
        app()
