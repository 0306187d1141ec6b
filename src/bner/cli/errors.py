"""`bner errors`: the errors of a run by category."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Mlruns, StoreUri


def list_errors(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Identifier of a run.")],
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Data folder, where it is not the run's.", envvar="BNER_DATA", metavar="FOLDER"),
    ] = None,
    category: Annotated[str | None, typer.Option(help="List this category only.", metavar="NAME")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="List this mention type only.", metavar="NAME")] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="Sentences listed of each category; 5 in text, all in JSON.", min=0, metavar="N"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the HTML page here, too.", metavar="FILE.html")] = None,
) -> None:
    """List the errors of a run by category, and keep tables and an HTML page of them as its artifacts."""
    from bner.report.error_text import as_json_text, listing, summary_text
    from bner.report.errors import PAGE, log_errors, save_page
    from bner.report.predictions import read_predictions
    from bner.report.run_errors import analyse_errors
    from bner.tracking.store import tracking_uri

    store = tracking_uri(uri, mlruns)
    found = analyse_errors(read_predictions(store, run, data))
    chosen = found.chosen(category, type_)
    log_errors(store, found)
    if out is not None:
        save_page(found, out)
    if as_json:
        print(as_json_text(found, chosen, limit))
        return
    print(f"{found.run.name} ({run}), test part of {found.run.corpus.name}\n")
    print(summary_text(found.tables))
    for line in listing(found, chosen, 5 if limit is None else limit):
        print(line)
    print(f"\nall errors with highlighted mentions: artifact {PAGE} of the run" + (f", and {out}" if out else ""))
