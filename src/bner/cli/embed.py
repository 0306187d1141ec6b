"""`bner embed`: word vectors trained on literature."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Experiment, Mlruns, StoreUri


class Method(enum.StrEnum):
    """How `bner embed` trains."""

    cbow = "cbow"
    skipgram = "skipgram"
    fasttext = "fasttext"


class View(enum.StrEnum):
    """How `bner embed` cuts sentences into words: as GM's tokeniser does (IL - 2), or as JNLPBA's (IL-2)."""

    gm = "gm"
    genia = "genia"


def embed_text(
    text: Annotated[
        list[Path], typer.Argument(metavar="TEXT...", help="JATS, MEDLINE or BioC XML, plain text; folders, archives.")
    ],
    out: Annotated[Path, typer.Option(help="The word2vec file to write (binary).", metavar="FILE")],
    method: Annotated[Method, typer.Option(help="fasttext is CBOW with character n-grams.")] = Method.cbow,
    width: Annotated[int, typer.Option(help="Values in a vector.", min=1)] = 300,
    window: Annotated[int, typer.Option(help="Words on each side.", min=1)] = 2,
    negative: Annotated[int, typer.Option(help="Noise words for each word.", min=1)] = 10,
    sample: Annotated[float, typer.Option(help="More frequent words are thinned out.", min=0)] = 1e-4,
    min_count: Annotated[int, typer.Option(help="Rarer words get no vector.", min=1)] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the text.", min=1)] = 10,
    alpha: Annotated[float, typer.Option(help="The first learning rate.", min=1e-4)] = 0.025,
    seed: Annotated[int, typer.Option(help="One seed and one worker make the same vectors again.", min=0)] = 1,
    workers: Annotated[int, typer.Option(help="Processes and threads; 0 is one for each core.", min=0)] = 0,
    view: Annotated[list[View], typer.Option(help="How sentences are cut into words; both by default.")] = [*View],  # noqa: B006
    corpus: Annotated[
        list[str], typer.Option(help="Add the training sentences of gm or jnlpba, without their labels.")
    ] = [],  # noqa: B006
    corpus_repeats: Annotated[int, typer.Option(help="How often they are read in each epoch.", min=1)] = 1,
    data: Annotated[Path, typer.Option(help="The folder with corpora/.", envvar="BNER_DATA")] = Path("data"),
    work: Annotated[
        Path | None, typer.Option(help="Keeps tokenised text and checkpoints here.", metavar="FOLDER")
    ] = None,
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner-vectors",
) -> None:
    """Train word vectors on literature; the same command goes on where it was interrupted."""
    from bner.pretraining.embed import Store, TextChoice, embed
    from bner.pretraining.word2vec import TrainingChoice
    from bner.runtime.cores import usable_cores
    from bner.tracking.store import tracking_uri

    choice = TrainingChoice(
        method.value, width, window, negative, sample, min_count, epochs, alpha, seed, workers or usable_cores()
    )
    chosen = TextChoice(tuple(text), tuple(view), tuple(corpus), corpus_repeats, data)
    embed(chosen, choice, out, work, Store(tracking_uri(uri, mlruns), experiment))
