"""Word vectors from text: extract, count, train, describe, write; tracked in MLflow, resumable after any shard."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import pandas as pd

from bner.corpora.corpus import Corpus
from bner.data.vocabulary import coverage
from bner.literature.counting import count_words
from bner.literature.extraction import Extracted
from bner.pretraining.runs import TrackingOptions, resumable_run
from bner.pretraining.text import Shards, TextOptions, claim_work_folder, extract_text, read_corpora, tested_sentences
from bner.pretraining.word2vec import Progress, TrainingOptions, VectorTraining
from bner.runtime.files import write_lines
from bner.runtime.progress import Phases
from bner.runtime.signals import terminated_as_interrupted
from bner.tracking.runs import TrackedRun

PROBES = (
    "il-2", "p53", "nf-kappab", "insulin", "kinase", "phosphorylation", "lymphocytes", "mrna", "promoter", "hela",
    "apoptosis", "drosophila",
)  # fmt: skip
Part = TypeVar("Part")
_NEIGHBOURS = 8
_CHECKPOINT_EVERY = 300.0  # seconds


def embed(text: TextOptions, options: TrainingOptions, out: Path, work: Path | None, tracking: TrackingOptions) -> None:
    """Train vectors and write them to `out` in word2vec's binary format.

    Shards of tokenised text and checkpoints are kept in a work folder. The same command resumes from them after an
    interruption, in the same MLflow run; a command with other training options uses the shards again.

    Args:
        text: the text to train on.
        options: how to train.
        out: the file to write.
        work: the work folder, which is kept; None is a folder beside `out`, which is removed at the end.
        tracking: where to track the run.

    Raises:
        BnerError: something is wrong with the text, the options, the folders or the store.
    """
    text.check()
    folder = work or out.with_name(f"{out.name}.work")
    corpora = read_corpora(text)
    without = tested_sentences(corpora)
    claim_work_folder(folder, text, without)
    job = {**asdict(options), "workers": None, "repeats": text.repeats}  # a job may resume with other workers
    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:12]
    checkpoint, card = folder / f"training-{digest}.npz", folder / f"training-{digest}.run"
    params = {**asdict(options), "text": " ".join(map(str, text.paths)), "views": " ".join(text.views)}
    params |= {"corpora": " ".join(text.corpora), "corpus_repeats": text.repeats, "out": str(out)}
    run = resumable_run(out.stem, params, {"kind": "vectors"}, "bner embed", tracking, card)
    phases = Phases()
    try:
        with run.recording(tracking.system_metrics), terminated_as_interrupted():
            shards, extracted = extract_text(text, corpora, without, folder, options.workers, phases)
            training = _train(options, shards, text.repeats, checkpoint, phases)
            with phases.phase("write"):
                training.save_vectors(out)
            _describe(run, training, extracted, corpora, phases)
    except KeyboardInterrupt:
        print(f"interrupted; the same command resumes from {folder}", flush=True)
        raise SystemExit(130) from None
    checkpoint.unlink(missing_ok=True)
    card.unlink()
    if work is None:
        shutil.rmtree(folder)
    print(f"wrote {len(training.vectors):,} words of dimension {options.dim} to {out}", flush=True)
    print(f"to train on them: python train.py embedding.file={out} embedding.dim={options.dim}", flush=True)


def _train(options: TrainingOptions, shards: Shards, repeats: int, checkpoint: Path, phases: Phases) -> VectorTraining:
    with phases.phase("count"):
        every = [*shards.literature, *shards.corpora]
        counts, counted = count_words(every, options.workers, lambda words: phases.update(words, None))
    parts = [(shard.path, shard.lines, shard.words) for shard in counted]
    cut = len(shards.literature)
    training = VectorTraining(options, counts, interleave(parts[:cut], parts[cut:] * repeats))
    if checkpoint.is_file():
        training.load_checkpoint(checkpoint)
        print(f"  resuming after step {training.step} of {training.steps}")
    saved = time.perf_counter()

    def after(progress: Progress) -> None:
        nonlocal saved
        phases.update(progress.words, progress.step / progress.steps, f"epoch {progress.epoch} of {options.epochs}")
        if time.perf_counter() - saved > _CHECKPOINT_EVERY and progress.step < progress.steps:
            training.save_checkpoint(checkpoint)
            saved = time.perf_counter()

    with phases.phase("train"):
        phases.update(0, training.step / training.steps)
        training.train(after)
    return training


def interleave(many: Sequence[Part], few: Sequence[Part]) -> list[Part]:
    """Merge all of `many`, in order, with those of `few` between them as evenly as possible.

    >>> interleave(["a", "b", "c", "d"], ["1", "2"])
    ['a', 'b', '1', 'c', 'd', '2']
    >>> interleave(["a"], ["1", "2"])
    ['a', '1', '2']
    """
    merged: list[Part] = []
    for position, part in enumerate(many):
        before, after = (len(few) * done // len(many) for done in (position, position + 1))
        merged += [part, *few[before:after]]
    return merged


def _describe(
    run: TrackedRun, training: VectorTraining, extracted: Extracted, corpora: dict[str, Corpus], phases: Phases
) -> None:
    """Print and log sizes, speeds, the coverage of the corpora's training parts, and the probe words' neighbours."""
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
