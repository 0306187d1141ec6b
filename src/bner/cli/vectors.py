"""`bner vectors`: inspect and convert files of word vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Look into files of word vectors, and convert them for fast look-ups.", no_args_is_help=True)


@app.command("convert")
def convert_vectors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vectors in any known format.")],
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The folder to make.")],
    width: Annotated[int | None, typer.Option(help="Values that each vector should have.", min=1)] = None,
) -> None:
    """Convert vectors into a store, which opens at once and looks up any word without being read whole."""
    from time import perf_counter

    from bner.vectors.conversion import write_store

    began = perf_counter()
    card = write_store(file, store, width)
    seconds = perf_counter() - began
    megabytes = 4e-6 * card.words * card.width
    print(f"{store}: {card.words} words, {card.width} wide, {megabytes:.0f} MB, in {seconds:.1f} s")


@app.command("show")
def show_vectors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vectors in any known format, or a store.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="Words to look up.")] = None,
) -> None:
    """Say what a file of vectors holds, and under which key each word is found with which length."""
    from bner.vectors.formats import shown

    print("\n".join(shown(file, words or ())))
