"""`bner lm`: language models trained on literature, for the tagger's `context=lm`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from bner.cli.embed import View
from bner.cli.options import Experiment, Mlruns, StoreUri


class Direction(enum.StrEnum):
    """Directions in which sentences are read."""

    both = "both"
    forward = "forward"
    backward = "backward"


class Precision(enum.StrEnum):
    """Precision of products in training."""

    bf16 = "bf16"
    fp32 = "fp32"


class Device(enum.StrEnum):
    """Devices."""

    cpu = "cpu"
    cuda = "cuda"


def train_lm(
    text: Annotated[
        list[Path], typer.Argument(metavar="TEXT...", help="JATS, MEDLINE or BioC XML, plain text; folders, archives.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to write.", metavar="FOLDER")],
    vectors: Annotated[Path, typer.Option(help="Word vectors, which stay as they are.", metavar="FILE")],
    direction: Annotated[
        Direction, typer.Option(help="Two processes may train a direction each, into one folder.")
    ] = Direction.both,
    hidden: Annotated[int, typer.Option(help="Hidden size.", min=1)] = 512,
    layers: Annotated[int, typer.Option(help="LSTM layers.", min=1)] = 1,
    dropout: Annotated[float, typer.Option(help="Of the inputs and the states of each layer.", min=0, max=0.95)] = 0.1,
    epochs: Annotated[int, typer.Option(help="Passes over the text.", min=1)] = 2,
    max_minutes: Annotated[
        float | None, typer.Option(help="End training of a direction after so many minutes.", min=0.01)
    ] = None,
    batch_tokens: Annotated[int, typer.Option(help="Tokens of an update.", min=1)] = 8192,
    negatives: Annotated[int, typer.Option(help="Words drawn for the sampled softmax.", min=16)] = 2048,
    min_count: Annotated[int, typer.Option(help="Rarer words are predicted as one.", min=1)] = 5,
    held_out: Annotated[int, typer.Option(help="Sentences on which perplexity is measured.", min=1)] = 1000,
    lr: Annotated[float, typer.Option(help="The highest learning rate (Adam).", min=1e-6)] = 2e-3,
    softmax_lr: Annotated[
        float, typer.Option(help="The same of the words' output vectors (Adagrad).", min=1e-6)
    ] = 0.02,
    clip_norm: Annotated[float, typer.Option(help="The norm to which gradients are clipped.", min=1e-3)] = 1.0,
    precision: Annotated[Precision, typer.Option(help="bf16 is faster where the processor knows it.")] = Precision.bf16,
    seed: Annotated[int, typer.Option(help="The same seed gives the same models.", min=0)] = 1,
    threads: Annotated[int, typer.Option(help="Threads and processes; 0: one for each core.", min=0)] = 0,
    device: Annotated[Device, typer.Option(help="What trains.")] = Device.cpu,
    view: Annotated[
        list[View], typer.Option(help="How sentences are tokenised; of both, each sentence in one of them.")
    ] = [*View],  # noqa: B006
    corpus: Annotated[
        list[str], typer.Option(help="Add the training sentences of gm or jnlpba, without their labels.")
    ] = [],  # noqa: B006
    data: Annotated[
        Path, typer.Option(help="The data folder; test sentences of its corpora are dropped.", envvar="BNER_DATA")
    ] = Path("data"),
    work: Annotated[
        Path | None, typer.Option(help="Keep tokenised text and checkpoints in this folder.", metavar="FOLDER")
    ] = None,
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner-lm",
) -> None:
    """Train language models on literature; after an interruption the same command resumes."""
    from bner.pretraining.language_model import Computing, train_language_model
    from bner.pretraining.lm_training import LMOptions
    from bner.pretraining.runs import TrackingOptions
    from bner.pretraining.text import TextOptions
    from bner.runtime.cores import usable_cores
    from bner.tracking.store import tracking_uri

    directions = ["forward", "backward"] if direction == Direction.both else [direction.value]
    each = [
        LMOptions(
            one, hidden, layers, dropout, epochs, max_minutes, batch_tokens, negatives, min_count, held_out, lr,
            softmax_lr, clip_norm, precision.value, seed,
        )
        for one in directions
    ]  # fmt: skip
    chosen = TextOptions(tuple(text), tuple(view), tuple(corpus), 1, data, "forms")
    tracking = TrackingOptions(tracking_uri(uri, mlruns), experiment)
    train_language_model(chosen, vectors, each, out, work, tracking, Computing(threads or usable_cores(), device.value))
