"""Word vectors from text: extract, count, train, describe, write; tracked in MLflow, resumable after any shard."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from bner.corpora.corpus import Corpus, read_corpus, shared_task_sources
from bner.corpora.sentence import Sentence
from bner.data.vocabulary import coverage
from bner.errors import BnerError
from bner.literature.counting import count_words
from bner.literature.documents import Document, documents, text_files
from bner.literature.extraction import Extracted, extract
from bner.literature.sentences import VIEWS
from bner.pretraining.word2vec import Progress, TrainingChoice, VectorTraining
from bner.runtime.files import read_lines, write_lines
from bner.runtime.progress import Phases
from bner.runtime.signals import terminated_as_interrupted
from bner.tracking.lookup import begin_run, find_run
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.tags import git_commit

PROBES = (
    "il-2", "p53", "nf-kappab", "insulin", "kinase", "phosphorylation", "lymphocytes", "mrna", "promoter", "hela",
    "apoptosis", "drosophila",
)  # fmt: skip
Part = TypeVar("Part")
_NEIGHBOURS = 8
_CHECKPOINT_EVERY = 300.0  # seconds
_SHORTEST = 25  # letters and digits by which a training sentence is taken for a test sentence


@dataclass(frozen=True)
class TextChoice:
    """What vectors are trained on.

    Attributes:
        paths: files, folders and archives.
        views: how sentences are cut into words, names of `text.sentences.VIEWS`.
        corpora: corpora whose training sentences are added, without their labels.
        repeats: how many times they are read in each pass over the text, since a corpus is small beside the
            literature; which words get vectors is decided by what is counted once.
        data: the folder that holds them; coverage is measured on those that are there.
    """

    paths: tuple[Path, ...]
    views: tuple[str, ...]
    corpora: tuple[str, ...]
    repeats: int
    data: Path


@dataclass(frozen=True)
class Store:
    """Where the run is tracked: the URI of an MLflow store, the experiment, and whether with system metrics."""

    uri: str
    experiment: str
    system_metrics: bool = True


def embed(text: TextChoice, choice: TrainingChoice, out: Path, work: Path | None, store: Store) -> None:
    """Trains vectors and writes them to `out` in word2vec's binary format.

    What has been done is kept in a work folder: shards of tokenised text, checkpoints. The same command goes on from
    there after an interruption, in the same MLflow run; one with other training options uses the shards again.

    Args:
        text: what to train on.
        choice: how to train.
        out: the file to write.
        work: the work folder, which is then kept; None is a folder beside `out`, which is removed at the end.
        store: where to track.

    Raises:
        BnerError: something is wrong with the text, the options, the folders or the store.
    """
    if unknown := [view for view in text.views if view not in VIEWS]:
        raise BnerError(f"there is no view '{unknown[0]}': use {' or '.join(VIEWS)}.")
    folder = work or out.with_name(f"{out.name}.work")
    corpora = _corpora(text)
    _claim(folder, text)
    job = {**asdict(choice), "workers": None, "repeats": text.repeats}  # fewer workers may go on where more began
    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:12]
    checkpoint, card = folder / f"training-{digest}.npz", folder / f"training-{digest}.run"
    run = _run(text, choice, out, store, card)
    phases = Phases()
    try:
        with run.recording(store.system_metrics), terminated_as_interrupted():
            shards, extracted = _extract(text, corpora, folder, choice.workers, phases)
            training = _train(choice, shards, text.repeats, checkpoint, phases)
            with phases.phase("write"):
                training.save_vectors(out)
            _describe(run, training, extracted, corpora, phases)
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on from {folder}", flush=True)
        raise SystemExit(130) from None
    checkpoint.unlink(missing_ok=True)
    card.unlink()
    if work is None:
        shutil.rmtree(folder)
    print(f"wrote {len(training.vectors):,} words, {choice.width} wide, to {out}", flush=True)


def _corpora(text: TextChoice) -> dict[str, Corpus]:
    """The corpora in the data folder; those to be trained on must be there."""
    found = {}
    for name, source in shared_task_sources(text.data).items():
        if name in text.corpora or Path(str(source.folder)).is_dir():
            found[name] = read_corpus(source)
    if missing := [name for name in text.corpora if name not in found]:
        raise BnerError(f"there is no corpus '{missing[0]}': use {' or '.join(shared_task_sources(text.data))}.")
    return found


def _claim(folder: Path, text: TextChoice) -> None:
    """Makes the work folder, or checks that it is of the same text."""
    card = folder / "text.json"
    files = [[str(file.absolute()), file.stat().st_size, file.stat().st_mtime_ns] for file in text_files(text.paths)]
    wanted = json.dumps([files, text.views, text.corpora])
    if card.is_file():
        if "".join(line for _, line in read_lines(card)) != wanted:
            raise BnerError(
                f"{folder} is of another text or other views: remove it, or name another folder with --work."
            )
    elif folder.is_dir() and any(folder.iterdir()):
        raise BnerError(f"{folder} is no work folder of bner embed: name another one with --work.")
    else:
        write_lines(card, [wanted])


def _run(text: TextChoice, choice: TrainingChoice, out: Path, store: Store, card: Path) -> TrackedRun:
    """A new run, or the one that an interrupted command began."""
    place = RunStore(store.uri, store.experiment, card.parent)
    if card.is_file():
        try:
            return find_run(place, "".join(line for _, line in read_lines(card)))
        except BnerError as error:
            raise BnerError(f"{card} names a run that cannot be gone on with: remove it ({error}).") from error
    params = {**asdict(choice), "text": " ".join(map(str, text.paths)), "views": " ".join(text.views)}
    params |= {"corpora": " ".join(text.corpora), "corpus_repeats": text.repeats, "out": str(out)}
    run = begin_run(place, out.stem, params, {"git.commit": git_commit(), "kind": "vectors"}, "bner embed")
    write_lines(card, [run.id])
    print(f"{run.name}: run {run.id} in {run.store.address}", flush=True)
    return run


@dataclass(frozen=True)
class _Shards:
    """Tokenised text: of the literature, and of the corpora's training parts."""

    literature: list[Path]
    corpora: list[Path]


def _extract(
    text: TextChoice, corpora: dict[str, Corpus], folder: Path, processes: int, phases: Phases
) -> tuple[_Shards, Extracted]:
    size = sum(file.stat().st_size for file in text_files(text.paths))
    started: list[int] = []

    def shown(total: Extracted) -> None:
        started.append(total.words)  # those of an interrupted command come first
        megabytes = total.bytes / 1e6
        phases.update(total.words - started[0], None, f"{total.documents:,} documents, {megabytes:,.0f} MB")
        started[1:] = []

    with phases.phase("extract"):
        literature, extracted = extract(documents(text.paths), text.views, folder / "literature", processes, shown)
        shards = _Shards(literature, [])
    if text.corpora:
        added = _training_text(corpora, text.corpora)
        shards.corpora[:], more = extract(added, text.views, folder / "corpora", 1, lambda _: None)
        extracted.add(more)
    print(
        f"  {extracted.articles:,} articles, {extracted.sentences:,} sentences, {extracted.words:,} words in all views "
        f"from {extracted.bytes / 1e6:,.0f} MB ({size / 1e6:,.0f} MB on disk)"
    )
    if extracted.skipped:
        print(f"  left out {len(extracted.skipped):,} of {extracted.documents:,} documents:")
        for name in extracted.skipped[:10]:
            print(f"    {name}")
    return shards, extracted


def _training_text(corpora: dict[str, Corpus], names: Iterable[str]) -> Iterator[Document]:
    """The training sentences of corpora as plain text, without those that also stand in a test part."""
    tests = {_letters(sentence) for corpus in corpora.values() for sentence in corpus.test}
    for name in names:
        kept = [
            sentence.text or " ".join(sentence.tokens)
            for sentence in corpora[name].train
            if len(letters := _letters(sentence)) < _SHORTEST or letters not in tests
        ]
        content = "\n".join(kept).encode()
        yield Document(f"training part of {name}", "text", content, len(content))


def _letters(sentence: Sentence) -> str:
    return re.sub(r"[^a-z0-9]", "", "".join(sentence.tokens).lower())


def _train(choice: TrainingChoice, shards: _Shards, repeats: int, checkpoint: Path, phases: Phases) -> VectorTraining:
    with phases.phase("count"):
        every = [*shards.literature, *shards.corpora]
        counts, counted = count_words(every, choice.workers, lambda words: phases.update(words, None))
    parts = [(shard.path, shard.lines, shard.words) for shard in counted]
    cut = len(shards.literature)
    training = VectorTraining(choice, counts, spread(parts[:cut], parts[cut:] * repeats))
    if checkpoint.is_file():
        training.load_checkpoint(checkpoint)
        print(f"  going on after step {training.step} of {training.steps}")
    saved = time.perf_counter()

    def after(progress: Progress) -> None:
        nonlocal saved
        phases.update(progress.words, progress.step / progress.steps, f"epoch {progress.epoch} of {choice.epochs}")
        if time.perf_counter() - saved > _CHECKPOINT_EVERY and progress.step < progress.steps:
            training.save_checkpoint(checkpoint)
            saved = time.perf_counter()

    with phases.phase("train"):
        phases.update(0, training.step / training.steps)
        training.train(after)
    return training


def spread(many: Sequence[Part], few: Sequence[Part]) -> list[Part]:
    """All of `many` in order, with those of `few` between them, as evenly as they go.

    >>> spread(["a", "b", "c", "d"], ["1", "2"])
    ['a', 'b', '1', 'c', 'd', '2']
    >>> spread(["a"], ["1", "2"])
    ['a', '1', '2']
    """
    merged: list[Part] = []
    for place, part in enumerate(many):
        before, after = (len(few) * done // len(many) for done in (place, place + 1))
        merged += [part, *few[before:after]]
    return merged


def _describe(
    run: TrackedRun, training: VectorTraining, extracted: Extracted, corpora: dict[str, Corpus], phases: Phases
) -> None:
    """Keeps sizes, speeds, the coverage of the corpora's training parts, and the probe words' neighbours."""
    words = set(training.vectors.key_to_index)
    numbers: dict[str, float] = {"vocabulary": len(words)}
    numbers |= {f"text/{name}": count for name, count in asdict(extracted).items() if isinstance(count, int)}
    numbers["text/skipped"] = len(extracted.skipped)
    for phase in phases.done:
        numbers[f"{phase.name}/seconds"] = phase.seconds
        if phase.words:
            numbers[f"{phase.name}/words_per_second"] = phase.speed
    print(f"vocabulary: {len(words):,} words")
    for name, corpus in corpora.items():
        covered = coverage(corpus.train, words)
        numbers |= {f"coverage/{name}_tokens": covered.tokens, f"coverage/{name}_types": covered.types}
        print(f"coverage of {name}'s training part: {covered.tokens:.1%} of tokens, {covered.types:.1%} of types")
    neighbours = training.nearest(PROBES, _NEIGHBOURS)
    for word, near in neighbours.items():
        print(f"  {word}: {', '.join(other for other, _ in near)}")
    run.log_metrics(numbers)
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "neighbours.csv"
        rows = [(word, rank, *neighbour) for word, near in neighbours.items() for rank, neighbour in enumerate(near, 1)]
        frame = pd.DataFrame(rows, columns=["word", "rank", "neighbour", "cosine"])
        frame.to_csv(table, index=False, float_format="%.4f")
        run.log_file(table, "tables")
        left_out = Path(name) / "left_out.txt"
        write_lines(left_out, extracted.skipped)
        run.log_file(left_out, "tables")


def default_workers() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
