"""`bner embed`: word vectors trained on literature."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from bner.cli.options import Experiment, Mlruns, StoreUri


class Method(enum.StrEnum):
    """Training methods."""

    cbow = "cbow"
    skipgram = "skipgram"
    fasttext = "fasttext"


class View(enum.StrEnum):
    """Tokenisations of sentences: by GM's tokeniser (IL - 2), or by JNLPBA's (IL-2)."""

    gm = "gm"
    genia = "genia"


def embed_text(
    text: Annotated[
        list[Path], typer.Argument(metavar="TEXT...", help="JATS, MEDLINE or BioC XML, plain text; folders, archives.")
    ],
    out: Annotated[Path, typer.Option(help="The word2vec file to write (binary).", metavar="FILE")],
    method: Annotated[Method, typer.Option(help="fasttext is CBOW with character n-grams.")] = Method.cbow,
    dim: Annotated[int, typer.Option(help="Dimension of the vectors.", min=1)] = 300,
    window: Annotated[int, typer.Option(help="Context words on each side.", min=1)] = 2,
    negative: Annotated[int, typer.Option(help="Negative samples for each word.", min=1)] = 10,
    sample: Annotated[float, typer.Option(help="Downsample words above this frequency.", min=0)] = 1e-4,
    min_count: Annotated[int, typer.Option(help="Rarer words get no vector.", min=1)] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the text.", min=1)] = 10,
    alpha: Annotated[float, typer.Option(help="The initial learning rate.", min=1e-4)] = 0.025,
    seed: Annotated[int, typer.Option(help="With one worker, the same seed gives the same vectors.", min=0)] = 1,
    workers: Annotated[int, typer.Option(help="Processes and threads; 0: one for each core.", min=0)] = 0,
    view: Annotated[list[View], typer.Option(help="How sentences are tokenised; both by default.")] = [*View],  # noqa: B006
    corpus: Annotated[
        list[str], typer.Option(help="Add the training sentences of gm or jnlpba, without their labels.")
    ] = [],  # noqa: B006
    corpus_repeats: Annotated[int, typer.Option(help="How many times they are read in each epoch.", min=1)] = 1,
    data: Annotated[Path, typer.Option(help="The data folder, which has corpora/.", envvar="BNER_DATA")] = Path("data"),
    work: Annotated[
        Path | None, typer.Option(help="Keep tokenised text and checkpoints in this folder.", metavar="FOLDER")
    ] = None,
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner-vectors",
) -> None:
    """Train word vectors on literature; after an interruption the same command resumes."""
    from bner.pretraining.embed import embed
    from bner.pretraining.runs import TrackingOptions
    from bner.pretraining.text import TextOptions
    from bner.pretraining.word2vec import TrainingOptions
    from bner.runtime.cores import usable_cores
    from bner.tracking.store import tracking_uri

    options = TrainingOptions(
        method.value, dim, window, negative, sample, min_count, epochs, alpha, seed, workers or usable_cores()
    )
    chosen = TextOptions(tuple(text), tuple(view), tuple(corpus), corpus_repeats, data)
    embed(chosen, options, out, work, TrackingOptions(tracking_uri(uri, mlruns), experiment))
