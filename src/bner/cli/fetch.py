"""`bner fetch`: corpora and word vectors from their official addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fetch_resources(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="What to fetch; without names, list all.")
    ] = None,
    data: Annotated[Path, typer.Option(help="The data folder.", envvar="BNER_DATA", metavar="FOLDER")] = Path("data"),
    only_list: Annotated[bool, typer.Option("--list", help="List the resources, with licences and addresses.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch again and replace existing files.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the downloads in the data folder's .downloads.")] = False,
) -> None:
    """Fetch corpora and word vectors from their official addresses into the data folder, and check them."""
    from bner.fetching import resources
    from bner.fetching.fetch import fetch, listing

    if only_list or not names:
        print("\n".join(listing(resources.RESOURCES)))
    else:
        fetch(names, data, resources.RESOURCES, force=force, keep=keep)
