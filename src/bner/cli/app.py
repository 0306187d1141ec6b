"""The command `bner`: one file for each family of commands."""

from __future__ import annotations

import typer

from bner.cli import baseline, compare, embed, errors, fetch, lm, report, runs, score, vectors
from bner.errors import reported

app = typer.Typer(
    help="Biomedical named entity recognition: scores and tools around train.py.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(score.app, name="score")
app.add_typer(vectors.app, name="vectors")
app.command("baseline")(baseline.baseline)
app.command("runs")(runs.runs)
app.command("compare")(compare.compare)
app.command("errors")(errors.list_errors)
app.command("report")(report.report)
app.command("save-runs")(report.save_runs)
app.command("load-runs")(report.load_runs)
app.command("ui")(runs.ui)
app.command("fetch")(fetch.fetch_resources)
app.command("embed")(embed.embed_text)
app.command("lm")(lm.train_lm)


@app.callback()
def _bner() -> None:
    """Biomedical named entity recognition: scores and tools around train.py."""


def main() -> None:
    """Run the command; print an error that the user can correct as one sentence, with exit code 1."""
    with reported():
        app()
