"""Carry out one run: read its settings and data, find or begin its MLflow run, train, score."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import seed_everything
from pytorch_lightning.utilities import rank_zero_only

from bner.config.identity import code_version, variant_key
from bner.config.schema import AUTO, NEW, Settings, flat, plain, read_settings
from bner.data.vocabulary import coverage
from bner.errors import BnerError
from bner.experiments.build import (
    LAST,
    RunData,
    build_data,
    build_module,
    build_trainer,
    check_device,
    check_inputs,
    read_data,
    read_vectors,
)
from bner.experiments.fit import fit, score
from bner.experiments.resume import check_tags, resumed_config
from bner.runtime.locks import try_lock
from bner.runtime.signals import terminated_as_interrupted
from bner.runtime.torch_setup import prepare
from bner.tracking.identity import run_name, run_tags
from bner.tracking.runs import CONFIG, Place, TrackedRun, begin_run, find_run, find_variant
from bner.tracking.store import tracking_uri
from bner.tracking.sweeps import PARENT_VARIABLE
from bner.tracking.views import offer_views
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
    place = run_place(settings)
    run = None
    if settings.resume and settings.resume not in (AUTO, NEW):
        run = find_run(place, settings.resume)
        settings = read_settings(resumed_config(run, config, overrides))
        if not (place.folder / run.id / LAST).is_file():
            raise BnerError(f"run {run.id} has no checkpoint in {place.folder / run.id}: begin a new run.")
    check_device(settings)
    check_inputs(settings)
    prepare(settings.trainer.threads)
    quiet()
    seed_everything(settings.seed, verbose=False)

    data = read_data(settings)
    tags = {**data.hashes, "code.sha256": code_version(settings), "variant.key": variant_key(settings, data.hashes)}
    if settings.resume != AUTO:
        return _train(settings, run, data, tags, overrides)
    with try_lock(place.folder / f"{tags['variant.key']}.lock") as alone:
        if not alone:
            print(f"{run_name(settings)}: nothing to do, another process is at work on it", flush=True)
            return math.nan
        run = find_variant(place, tags["variant.key"])
        if run is not None:
            run.join_sweep(os.environ.get(PARENT_VARIABLE), settings.tracking.table)
        if run is None or run.info.status != "FINISHED":
            return _train(settings, run, data, tags, overrides)
        shutil.rmtree(place.folder / run.id, ignore_errors=True)  # exists if the run was killed at its very end
        print(
            f"{run.name}: nothing to do, run {run.id} is FINISHED for the same configuration, data and code", flush=True
        )
        return run.metric("dev/best_f1")


def run_place(settings: Settings) -> Place:
    """Return where the run is tracked; checkpoints lie in the same folder until MLflow has the best one."""
    mlruns = Path(settings.paths.mlruns).absolute()
    tracking = settings.tracking
    uri = tracking_uri(tracking.uri, mlruns)
    return Place(uri, tracking.experiment, mlruns / "checkpoints", tracking.wait_minutes)


def _train(
    settings: Settings,
    run: TrackedRun | None,
    data: RunData,
    tags: Mapping[str, str],
    overrides: Sequence[str],
) -> float:
    """Train a new run, or the rest of one that was interrupted."""
    place = run_place(settings)
    table = read_vectors(settings, data)
    batches = build_data(settings, data, table)
    module = build_module(settings, data, table, batches.vocabulary)
    # What launches several processes tells each of them its number.
    if settings.trainer.strategy == "ddp" and int(getattr(rank_zero_only, "rank", 0)) > 0:
        return _follow(settings, batches, module)
    if run is None:
        named = {**tags, **run_tags(settings, os.environ.get(PARENT_VARIABLE), overrides)}
        offer_views(place.uri, place.experiment)
        run = begin_run(place, run_name(settings), flat(settings), named)
    else:
        check_tags(run, {name: value for name, value in data.hashes.items() if name.endswith(".sha256")})
        run.log_params(flat(settings))
    print(f"{run.name}: run {run.id} in {run.uri}", flush=True)
    try:
        with try_lock(place.folder / f"{run.id}.lock") as alone:
            if not alone:
                raise BnerError(f"another process is at work on run {run.id}: wait for its end.")
            with terminated_as_interrupted(), run.recording(settings.tracking.system_metrics):
                _describe(settings, run, data, table)
                fit(settings, run, batches, module)
                dev_f1 = score(settings, run, data, module)
    except (KeyboardInterrupt, SystemExit):  # Lightning turns the first into the second
        print(f"interrupted; python train.py resume={run.id} resumes it from the last epoch's end", flush=True)
        raise SystemExit(130) from None
    shutil.rmtree(place.folder / run.id)
    return dev_f1


def _follow(settings: Settings, data: TaggingData, module: TaggerModule) -> float:
    """Take part in training as another process than the first, which alone tracks and scores."""
    folder = run_place(settings).folder / (settings.resume or "-")
    trainer, best = build_trainer(settings, None, folder)  # the first process says which folder it is
    trainer.fit(module, data, ckpt_path=str(folder / LAST) if settings.resume else None, weights_only=True)
    return float(best.best_model_score or 0.0)


def _describe(settings: Settings, run: TrackedRun, data: RunData, table: WordTable) -> None:
    """Log what is known before training: the configuration, sizes and coverage."""
    run.log_text(OmegaConf.to_yaml(OmegaConf.create(plain(settings))), CONFIG)
    numbers: dict[str, float] = {}
    known = set(table.words[1:])
    parts = (("train", data.split.train), ("dev", data.split.dev), ("test", data.corpus.test))
    for name, sentences in parts:
        covered = coverage(sentences, known, settings.embedding.digits)
        numbers |= {f"coverage/{name}_tokens": covered.tokens, f"coverage/{name}_types": covered.types}
        numbers[f"data/{name}_sentences"] = len(sentences)
    run.log_metrics(numbers)
