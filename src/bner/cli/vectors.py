"""`bner vectors`: inspect and convert files of word vectors."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Inspect files of word vectors, and convert them for fast look-ups.", no_args_is_help=True)


class Digits(enum.StrEnum):
    """Rules by which digits are looked up: numbers as NUM, or every digit as 0."""

    num = "num"
    zero = "zero"


@app.command("convert")
def convert_vectors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vectors in any known format.")],
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The folder to make.")],
    dim: Annotated[int | None, typer.Option(help="The dimension that the vectors should have.", min=1)] = None,
    digits: Annotated[
        Digits, typer.Option(help="Look up numbers as NUM, or words with every digit as 0; the store serves one rule.")
    ] = Digits.num,
) -> None:
    """Convert vectors into a store, which opens at once and looks up words without being read whole."""
    from time import perf_counter

    from bner.vectors.conversion import write_store

    began = perf_counter()
    card = write_store(file, store, dim, digits.value)
    seconds = perf_counter() - began
    megabytes = 4e-6 * card.words * card.dim
    print(f"{store}: {card.words} words, dimension {card.dim}, {megabytes:.0f} MB, in {seconds:.1f} s")


@app.command("show")
def show_vectors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vectors in any known format, or a store.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="Words to look up.")] = None,
    digits: Annotated[
        Digits | None,
        typer.Option(help="Look up numbers as NUM, or words with every digit as 0; by default a store's own rule."),
    ] = None,
) -> None:
    """Describe a file of vectors, and show the key of each word and the length of its vector."""
    from bner.vectors.formats import shown

    print("\n".join(shown(file, words or (), digits and digits.value)))
