"""Language models from text: extract, encode, train each direction, write; tracked in MLflow, resumable."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bner.context.folder import CARD, add_direction, check_addition, read_card
from bner.errors import BnerError
from bner.literature.extraction import Extracted
from bner.model.language_model import Sizes
from bner.pretraining.encoded_text import EncodedText, encode_text
from bner.pretraining.lm_training import LMOptions, LMProgress, LMTraining
from bner.pretraining.runs import TrackingOptions, resumable_run
from bner.pretraining.text import TextOptions, claim_work_folder, extract_text, read_corpora, tested_sentences
from bner.runtime.locks import try_lock, wait_for_lock
from bner.runtime.progress import Phases
from bner.runtime.signals import terminated_as_interrupted
from bner.runtime.torch_setup import prepare
from bner.tracking.runs import TrackedRun
from bner.vectors.formats import recognise
from bner.vectors.source import WordVectors

_CHECKPOINT_EVERY = 300.0  # seconds
_EVALUATE_EVERY = 600.0


@dataclass(frozen=True)
class Computing:
    """The device that computes, cpu or cuda, and its threads (0: as many as torch takes)."""

    threads: int = 0
    device: str = "cpu"


def train_language_model(
    text: TextOptions,
    vectors: Path,
    each: Sequence[LMOptions],
    out: Path,
    work: Path | None,
    tracking: TrackingOptions,
    computing: Computing,
) -> None:
    """Train the directions that are asked for, one after the other, and add each to the folder `out`.

    Tokenised text and checkpoints are kept in a work folder. The same command resumes from them after an interruption,
    in the same MLflow runs, one for each direction. Another process may train the other direction beside this one, into
    the same folder.

    Args:
        text: the text to train on.
        vectors: the file of word vectors.
        each: how to train each direction; options of the text are the same in all.
        out: the folder to write.
        work: the work folder, which is kept; None is a folder beside `out`, removed when both directions are there.
        tracking: where to track the runs.
        computing: what computes.

    Raises:
        BnerError: something is wrong with the text, the vectors, the options, the folders or the store.
    """
    text.check()
    if computing.device == "cuda" and not torch.cuda.is_available():
        raise BnerError("--device cuda wants a GPU and torch finds none: use --device cpu.")
    if not vectors.exists():
        raise BnerError(f"{vectors} does not exist: name a file of word vectors with --vectors.")
    source = WordVectors(recognise(vectors).dim, vectors.stem, str(vectors), "")
    source.check()
    prepare(computing.threads)
    warnings.filterwarnings("ignore", message="Sparse invariant checks are implicitly disabled")
    folder = work or out.with_name(f"{out.name}.work")
    corpora = read_corpora(text)
    without = tested_sentences(corpora)
    phases = Phases()
    options = each[0]
    try:
        with terminated_as_interrupted():
            with wait_for_lock(folder.with_name(f".{folder.name}.lock"), _waiting):
                claim_work_folder(folder, text, without)
                shards, extracted = extract_text(text, corpora, without, folder, computing.threads or 1, phases)
            with phases.phase("encode"):
                sizes = Sizes(options.hidden_size, options.layers)
                paths = [*shards.literature, *shards.corpora]
                encoded = encode_text(
                    paths, source, sizes, options.min_count, options.held_out, lambda words: phases.update(words, None)
                )
            _show(encoded)
            there = read_card(out).trained if (out / CARD).is_file() else {}
            missing = [one for one in each if one.direction not in there] or each
            for one in missing:
                check_addition(out, encoded.inputs, one.direction)
            for one in missing:
                _train_direction(one, text, vectors, encoded, extracted, out, folder, tracking, computing, phases)
    except KeyboardInterrupt:
        print(f"interrupted; the same command resumes from {folder}", flush=True)
        raise SystemExit(130) from None
    finished = sorted(read_card(out).trained)
    if len(finished) == 2:
        for path in (folder, out):
            path.with_name(f".{path.name}.lock").unlink(missing_ok=True)
        if work is None:
            shutil.rmtree(folder)
    print(f"{out} has the {' and the '.join(finished)} model", flush=True)
    if len(finished) == 2:
        print(f"to tag with it: python train.py context=lm context.folder={out}", flush=True)


def _train_direction(
    options: LMOptions,
    text: TextOptions,
    vectors: Path,
    encoded: EncodedText,
    extracted: Extracted,
    out: Path,
    folder: Path,
    tracking: TrackingOptions,
    computing: Computing,
    phases: Phases,
) -> None:
    """Train one direction in a run of its own."""
    job = {**asdict(options), "max_minutes": None, "words": len(encoded.counts)}  # a job may resume with another limit
    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:12]
    checkpoint, card = folder / f"lm-{digest}.safetensors", folder / f"lm-{digest}.run"
    params = {**asdict(options), "text": " ".join(map(str, text.paths)), "views": " ".join(text.views)}
    params |= {"corpora": " ".join(text.corpora), "vectors": str(vectors), "out": str(out)}
    with try_lock(folder / f"lm-{digest}.lock") as alone:
        if not alone:
            raise BnerError(f"another process trains the {options.direction} model in {folder}: wait for its end.")
        name = f"{out.name}-{options.direction}"
        run = resumable_run(name, params, {"kind": "language model"}, "bner lm", tracking, card)
        with run.recording(tracking.system_metrics):
            run.log_metrics(_text_numbers(encoded, extracted))
            training = LMTraining(options, encoded, torch.device(computing.device))
            if checkpoint.is_file():
                training.load_checkpoint(checkpoint)
                print(f"  resuming after update {training.step:,} of {training.steps:,}")
            _train(training, checkpoint, run, phases)
            perplexity = training.perplexity()
            run.log_metrics({"heldout/perplexity": perplexity}, training.step)
            trained = {**asdict(options), "tokens": len(encoded.train.forms), "perplexity": round(perplexity, 2)}
            add_direction(out, encoded.inputs, options.direction, training.model, _without_none(trained))
        print(f"{options.direction}: perplexity {perplexity:.1f} on {len(encoded.held_out):,} sentences", flush=True)
    checkpoint.unlink(missing_ok=True)
    card.unlink()


def _train(training: LMTraining, checkpoint: Path, run: TrackedRun, phases: Phases) -> None:
    """Train to the end, with checkpoints, and the perplexity of the text that is held out, at intervals."""
    words, recent, losses, updates = 0, 0, 0.0, 0
    saved = evaluated = began = time.perf_counter()
    shown = ""

    def after(progress: LMProgress) -> None:
        nonlocal words, recent, losses, updates, saved, evaluated, began, shown
        words, recent, losses, updates = (
            words + progress.tokens, recent + progress.tokens, losses + progress.loss, updates + 1,
        )  # fmt: skip
        phases.update(words, progress.done, f"loss {losses / updates:.3f}{shown}")
        now = time.perf_counter()
        if now - evaluated > _EVALUATE_EVERY and progress.done < 1:
            speed = recent / (now - began)
            perplexity = training.perplexity()
            shown = f", perplexity {perplexity:.1f}"
            numbers = {"train/loss": losses / updates, "train/tokens_per_second": speed}
            run.log_metrics({**numbers, "heldout/perplexity": perplexity}, progress.step)
            recent, losses, updates = 0, 0.0, 0
            evaluated = began = time.perf_counter()
        if now - saved > _CHECKPOINT_EVERY and progress.done < 1:
            training.save_checkpoint(checkpoint)
            saved = time.perf_counter()

    with phases.phase(training.options.direction):
        phases.update(0, training.done)
        training.train(after)
    if updates:
        speed = recent / (time.perf_counter() - began)
        run.log_metrics({"train/loss": losses / updates, "train/tokens_per_second": speed}, training.step)


def _text_numbers(encoded: EncodedText, extracted: Extracted) -> dict[str, float]:
    numbers = {f"text/{name}": float(count) for name, count in asdict(extracted).items() if isinstance(count, int)}
    return numbers | {
        "text/skipped": len(extracted.skipped),
        "text/trained_tokens": len(encoded.train.forms),
        "text/held_out_sentences": len(encoded.held_out),
        "text/long_sentences": encoded.left_out,
        "words/vectors": len(encoded.inputs.words),
        "words/predicted": len(encoded.counts),
    }


def _show(encoded: EncodedText) -> None:
    print(
        f"  {len(encoded.train.forms):,} tokens to train on, {len(encoded.held_out):,} sentences held out, "
        f"{encoded.left_out:,} too long; {len(encoded.inputs.words):,} words have vectors, "
        f"{len(encoded.counts):,} are predicted",
        flush=True,
    )


def _waiting() -> None:
    print("waiting for another process, which extracts the text", flush=True)


def _without_none(values: Mapping[str, str | int | float | None]) -> dict[str, str | int | float]:
    return {key: value for key, value in values.items() if value is not None}
