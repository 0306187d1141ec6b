"""The command `bner`: everything but training, each command a thin call."""

from __future__ import annotations

import enum
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
vectors = typer.Typer(help="Look into files of word vectors, and convert them for fast look-ups.", no_args_is_help=True)
app.add_typer(vectors, name="vectors")

Mlruns = Annotated[Path, typer.Option(help="The folder with mlflow.db.", metavar="FOLDER")]
StoreUri = Annotated[
    str | None, typer.Option(help="Another MLflow store.", envvar="MLFLOW_TRACKING_URI", metavar="URI")
]
Experiment = Annotated[str, typer.Option(help="The MLflow experiment.")]


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


@vectors.command("convert")
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


@vectors.command("show")
def show_vectors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vectors in any known format, or a store.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="Words to look up.")] = None,
) -> None:
    """Say what a file of vectors holds, and under which key each word is found with which length."""
    from bner.vectors.formats import shown

    print("\n".join(shown(file, words or ())))


@app.command("runs")
def runs(
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
) -> None:
    """List the tracked runs with their scores, the newest first."""
    from bner.tracking.listing import runs_table
    from bner.tracking.store import tracking_uri

    table = runs_table(tracking_uri(uri, mlruns), experiment)
    print(table.to_string(index=False, float_format="%.4f", na_rep="-") if len(table) else "there are no runs yet")


@app.command("ui")
def ui(
    mlruns: Mlruns = Path("mlruns"),
    uri: StoreUri = None,
    experiment: Experiment = "bner",
    port: Annotated[int, typer.Option(help="Of this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow UI, and say under which address it shows the runs with their scores."""
    from bner.tracking.store import tracking_uri
    from bner.tracking.ui import serve

    serve(tracking_uri(uri, mlruns), experiment, mlruns, port)


@app.command("fetch")
def fetch_resources(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="What to fetch; else list all.")
    ] = None,
    data: Annotated[Path, typer.Option(help="The data folder.", envvar="BNER_DATA", metavar="FOLDER")] = Path("data"),
    only_list: Annotated[bool, typer.Option("--list", help="List what there is, with licences and addresses.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch again and replace files that are there.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the downloads in the data folder's .downloads.")] = False,
) -> None:
    """Fetch corpora and word vectors from their official addresses, checked, into the data folder."""
    from bner.fetching import resources
    from bner.fetching.fetch import fetch, listing

    if only_list or not names:
        print("\n".join(listing(resources.RESOURCES)))
    else:
        fetch(names, data, resources.RESOURCES, force=force, keep=keep)


class Method(enum.StrEnum):
    """How `bner embed` trains."""

    cbow = "cbow"
    skipgram = "skipgram"
    fasttext = "fasttext"


class View(enum.StrEnum):
    """How `bner embed` cuts sentences into words: as GM's tokeniser does (IL - 2), or as JNLPBA's (IL-2)."""

    gm = "gm"
    genia = "genia"


@app.command("embed")
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
    from bner.pretraining.embed import Store, TextChoice, default_workers, embed
    from bner.pretraining.word2vec import TrainingChoice
    from bner.tracking.store import tracking_uri

    choice = TrainingChoice(
        method.value, width, window, negative, sample, min_count, epochs, alpha, seed, workers or default_workers()
    )
    chosen = TextChoice(tuple(text), tuple(view), tuple(corpus), corpus_repeats, data)
    embed(chosen, choice, out, work, Store(tracking_uri(uri, mlruns), experiment))


def main() -> None:
    """The entry point: errors that the user can put right are one sentence and exit code 1."""
    with reported():
        app()
