"""Carry out one run: read its settings and data, find or begin its MLflow run, train, score."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Mapping, Sequence

from omegaconf import DictConfig
from pytorch_lightning import seed_everything
from pytorch_lightning.utilities import rank_zero_only

from bner.config.identity import code_version, variant_key
from bner.config.schema import AUTO, NEW, Settings, flat, read_settings
from bner.data.vocabulary import coverage
from bner.errors import BnerError
from bner.experiments.build import (
    LAST,
    build_data,
    build_module,
    build_trainer,
    check_device,
    check_inputs,
    read_context,
    read_data,
    read_vectors,
)
from bner.experiments.data import RunData
from bner.experiments.fit import fit, score
from bner.experiments.record import begin, log_config, log_part, run_store
from bner.experiments.resume import check_tags, resumed_config
from bner.experiments.trial import RunTrial, trial_of
from bner.runtime.locks import try_lock
from bner.runtime.signals import terminated_as_interrupted
from bner.runtime.torch_setup import prepare
from bner.tracking.lookup import find_run, find_variant
from bner.tracking.names import run_name
from bner.tracking.runs import Stopped, TrackedRun
from bner.tracking.sweeps import PARENT_VARIABLE
from bner.tracking.tags import run_tags
from bner.training.callbacks import quiet
from bner.training.data_module import TaggingData
from bner.training.lightning_module import TaggerModule
from bner.vectors.table import WordTable


def train(config: DictConfig, overrides: Sequence[str] = ()) -> float:
    """Train, score and track one variant; errors of the input are reported before the run begins.

    Args:
        config: conf/train.yaml, composed.
        overrides: the words of the command line, which a resumed run checks against its own configuration.

    Returns:
        The best dev F1, as a fraction; NaN where another process is at work on the run.

    Raises:
        BnerError: a setting, a file or a store is wrong.
    """
    settings = read_settings(config)
    store = run_store(settings)
    run = None
    if settings.resume and settings.resume not in (AUTO, NEW):
        run = find_run(store, settings.resume)
        settings = read_settings(resumed_config(run, config, overrides))
        if not (store.folder / run.id / LAST).is_file():
            raise BnerError(f"run {run.id} has no checkpoint in {store.folder / run.id}: begin a new run.")
    check_device(settings)
    check_inputs(settings)
    prepare(settings.trainer.threads, settings.trainer.matmul_precision)
    quiet()
    seed_everything(settings.seed, verbose=False)

    trial = trial_of(settings)
    data = read_data(settings)
    tags = {**data.hashes, "code.sha256": code_version(settings), "variant.key": variant_key(settings, data.hashes)}
    if settings.resume != AUTO:
        return _train(settings, run, data, tags, overrides, trial)
    with try_lock(store.folder / f"{tags['variant.key']}.lock") as alone:
        if not alone:
            print(f"{run_name(settings, overrides)}: nothing to do, another process is at work on it", flush=True)
            return math.nan
        run = find_variant(store, tags["variant.key"])
        if run is not None:
            run.join_sweep(os.environ.get(PARENT_VARIABLE), settings.tracking.table)
            if trial and run.info.status == "FINISHED":
                trial.note_run(run.id)
        if run is None or run.info.status != "FINISHED":
            return _train(settings, run, data, tags, overrides, trial)
        shutil.rmtree(store.folder / run.id, ignore_errors=True)  # exists if the run was killed at its very end
        print(
            f"{run.name}: nothing to do, run {run.id} is FINISHED for the same configuration, data and code", flush=True
        )
        return run.metric("dev/best_f1")


def _train(
    settings: Settings,
    run: TrackedRun | None,
    data: RunData,
    tags: Mapping[str, str],
    overrides: Sequence[str],
    trial: RunTrial | None,
) -> float:
    """Train a new run, or the rest of one that was interrupted."""
    store = run_store(settings)
    table = read_vectors(settings, data)
    batches = build_data(settings, data, table)
    module = build_module(settings, data, table, batches.vocabulary)
    # What launches several processes tells each of them its number.
    if settings.trainer.strategy == "ddp" and int(getattr(rank_zero_only, "rank", 0)) > 0:
        return _follow(settings, batches, module)
    if run is None:
        named = {**tags, **run_tags(settings, os.environ.get(PARENT_VARIABLE), overrides)}
        run = begin(settings, run_name(settings, overrides), data.split, named, "train.py")
    else:
        check_tags(run, {name: value for name, value in data.hashes.items() if name.endswith(".sha256")})
        run.log_params(flat(settings))
    print(f"{run.name}: run {run.id} in {run.store.address}", flush=True)
    try:
        with try_lock(store.folder / f"{run.id}.lock") as alone:
            if not alone:
                raise BnerError(f"another process is at work on run {run.id}: wait for its end.")
            with terminated_as_interrupted(), run.recording(settings.tracking.system_metrics):
                covered = _describe(settings, run, data, table)
                (trial.fit if trial else fit)(settings, run, batches, module)
                dev_f1 = score(settings, run, data, module)
                run.log_metrics(covered)  # after the scores: the run's page lists metrics in this order
    except (KeyboardInterrupt, SystemExit):  # Lightning turns the first into the second
        print(f"interrupted; python train.py resume={run.id} resumes it from the last epoch's end", flush=True)
        raise SystemExit(130) from None
    except Stopped:
        dev_f1 = run.metric("dev/best_f1")
        print(f"{run.name}: pruned, dev F1 {dev_f1:.4f} so far", flush=True)
        if trial:
            trial.note_pruned()
    shutil.rmtree(store.folder / run.id, ignore_errors=True)
    if PARENT_VARIABLE not in os.environ:  # a sweep tells where to look when it ends
        print(run.where_to_look(), flush=True)
    return dev_f1


def _follow(settings: Settings, data: TaggingData, module: TaggerModule) -> float:
    """Take part in training as another process than the first, which alone tracks and scores."""
    folder = run_store(settings).folder / (settings.resume or "-")
    read_context(settings, data, module)
    trainer, best = build_trainer(settings, None, folder)  # the first process says which folder it is
    trainer.fit(module, data, ckpt_path=str(folder / LAST) if settings.resume else None, weights_only=True)
    return float(best.best_model_score or 0.0)


def _describe(settings: Settings, run: TrackedRun, data: RunData, table: WordTable) -> dict[str, float]:
    """Log what is known before training: the configuration and the data; return the coverage by the vectors."""
    log_config(settings, run)
    numbers: dict[str, float] = {}
    known = set(table.words[1:])
    for name, sentences in data.parts.items():
        covered = coverage(sentences, known, settings.embedding.digits)
        # Under a name that the charts of the MLflow UI, which are sorted by name, show after the scores.
        numbers |= {f"vectors/{name}_token_coverage": covered.tokens, f"vectors/{name}_type_coverage": covered.types}
        profile = {"token_coverage": covered.tokens, "type_coverage": covered.types}
        log_part(run, settings.corpus, data, name, profile)
    return numbers
