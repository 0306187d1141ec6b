"""One run from its configuration to its scores: corpus, vectors, data, model, fit, score."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import seed_everything
from pytorch_lightning.utilities import rank_zero_only

from bner.config.schema import AUTO, NEW, Settings, flat, read_settings
from bner.corpora.corpus import Corpus
from bner.corpora.split import Split
from bner.data.vocabulary import Vocabulary, build_vocabulary, coverage
from bner.errors import BnerError
from bner.experiments.build import (
    BEST,
    LAST,
    best_dev_f1,
    build_model,
    build_trainer,
    corpus_and_split,
    data_hashes,
    device,
    is_trained,
    vectors_for,
)
from bner.experiments.resume import check_tags, resumed_config
from bner.inference.predictor import tag
from bner.runtime.files import locked, write_lines
from bner.runtime.signals import terminated_as_interrupted
from bner.runtime.torch_setup import prepare
from bner.scoring.final import final_scores
from bner.tracking.checkpoints import log_checkpoint
from bner.tracking.datasets import log_dataset
from bner.tracking.identity import variant_key
from bner.tracking.learning_curve import save_learning_curve
from bner.tracking.logger import RunLogger
from bner.tracking.lookup import CONFIG, begin_run, find_run, find_variant
from bner.tracking.names import run_name
from bner.tracking.predictions import log_predictions
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.store import tracking_uri
from bner.tracking.sweeps import PARENT_VARIABLE
from bner.tracking.tags import run_tags
from bner.tracking.views import offer_views
from bner.training.callbacks import quiet
from bner.training.data_module import TaggingData
from bner.training.lightning_module import TaggerModule
from bner.vectors.table import WordTable


def train(config: DictConfig, overrides: Sequence[str] = ()) -> float:
    """Trains, scores and tracks one variant; what is wrong with the input comes out before the run begins.

    Args:
        config: conf/train.yaml, composed.
        overrides: the words of the command line, which a resumed run checks against its own configuration.

    Returns:
        The best dev F1, as a fraction; NaN where another process is at work on the run.

    Raises:
        BnerError: a setting, a file or a store is wrong.
    """
    settings = read_settings(config)
    place = _place(settings)
    run = None
    if settings.resume and settings.resume not in (AUTO, NEW):
        run = find_run(place, settings.resume)
        settings = read_settings(resumed_config(run, config, overrides))
        if not (place.folder / run.id / LAST).is_file():
            raise BnerError(f"run {run.id} has no checkpoint in {place.folder / run.id}: begin a new run.")
    # What launches several processes tells each of them its number.
    rank = int(getattr(rank_zero_only, "rank", 0)) if settings.trainer.strategy == "ddp" else 0
    prepare(settings.trainer.threads)
    quiet()
    seed_everything(settings.seed, verbose=False)

    corpus, split = corpus_and_split(settings)
    hashes = data_hashes(settings, corpus, split)
    key = variant_key(settings, hashes)
    if settings.resume != AUTO:
        return _train(settings, run, rank, corpus, split, {**hashes, "variant.key": key}, overrides)
    with locked(place.folder / f"{key}.lock") as alone:
        if not alone:
            print(f"{run_name(settings, overrides)}: nothing to do, another process is at work on it", flush=True)
            return math.nan
        run = find_variant(place, key)
        if run is not None:
            run.join_sweep(os.environ.get(PARENT_VARIABLE), settings.tracking.table)
        if run is None or run.info.status != "FINISHED":
            return _train(settings, run, rank, corpus, split, {**hashes, "variant.key": key}, overrides)
        shutil.rmtree(place.folder / run.id, ignore_errors=True)  # there if it was killed at its very end
        print(
            f"{run.name}: nothing to do, run {run.id} is FINISHED for the same configuration, data and code", flush=True
        )
        return run.metric("dev/best_f1")


def _train(
    settings: Settings,
    run: TrackedRun | None,
    rank: int,
    corpus: Corpus,
    split: Split,
    hashes: dict[str, str],
    overrides: Sequence[str],
) -> float:
    """A new run, or the rest of one that was interrupted."""
    place = _place(settings)
    table = vectors_for(settings, corpus, split)
    vocabulary = build_vocabulary(split.train, table, corpus.types)
    data = TaggingData(split, vocabulary, settings.batch_size, settings.seed, Path(settings.paths.cache))
    module = build_model(settings, table, vocabulary, hashes["vectors.sha256"])
    if rank > 0:
        return _follow(settings, data, module)
    if run is None:
        tags = {**hashes, **run_tags(settings, os.environ.get(PARENT_VARIABLE), overrides)}
        offer_views(place.uri, place.experiment, settings.corpus.name, settings.tracking.table)
        run = begin_run(place, run_name(settings, overrides), flat(settings), tags)
    else:
        check_tags(run, {name: value for name, value in hashes.items() if name.endswith(".sha256")})
        run.log_params(flat(settings))
    print(f"{run.name}: run {run.id} in {run.store.address}", flush=True)
    try:
        with locked(place.folder / f"{run.id}.lock") as alone:
            if not alone:
                raise BnerError(f"another process is at work on run {run.id}: wait for its end.")
            with terminated_as_interrupted(), run.recording(settings.tracking.system_metrics):
                coverages = _describe(settings, run, corpus, split, table, hashes)
                _fit(settings, run, data, module)
                dev_f1 = _score(settings, run, corpus, vocabulary, module)
                run.log_metrics(coverages)  # after the scores: the run's page lists metrics in this order
    except (KeyboardInterrupt, SystemExit):  # Lightning makes the second of the first
        print(f"interrupted; python train.py resume={run.id} goes on from the last epoch's end", flush=True)
        raise SystemExit(130) from None
    shutil.rmtree(place.folder / run.id)
    if PARENT_VARIABLE not in os.environ:  # a sweep tells where to look when it ends
        print(run.where_to_look(), flush=True)
    return dev_f1


def _place(settings: Settings) -> RunStore:
    """Where the run is tracked; checkpoints lie in the same folder until MLflow has the best one."""
    mlruns = Path(settings.paths.mlruns).absolute()
    tracking = settings.tracking
    uri = tracking_uri(tracking.uri, mlruns)
    return RunStore(uri, tracking.experiment, mlruns / "checkpoints", tracking.wait_minutes)


def _follow(settings: Settings, data: TaggingData, module: TaggerModule) -> float:
    """Takes part in training as another process than the first, which alone tracks and scores."""
    folder = _place(settings).folder / (settings.resume or "-")
    trainer, best = build_trainer(settings, None, folder)  # the first process says which folder it is
    trainer.fit(module, data, ckpt_path=str(folder / LAST) if settings.resume else None, weights_only=True)
    return float(best.best_model_score or 0.0)


def _describe(
    settings: Settings, run: TrackedRun, corpus: Corpus, split: Split, table: WordTable, hashes: dict[str, str]
) -> dict[str, float]:
    """Log what is known before training: the configuration and the data; return the coverage by the vectors."""
    run.log_text(OmegaConf.to_yaml(OmegaConf.structured(settings), resolve=True), CONFIG)
    numbers: dict[str, float] = {}
    known = set(table.words[1:])
    for name, sentences in (("train", split.train), ("dev", split.dev), ("test", corpus.test)):
        covered = coverage(sentences, known)
        # Under a name that the charts of the MLflow UI, which are sorted by name, show after the scores.
        numbers |= {f"vectors/{name}_token_coverage": covered.tokens, f"vectors/{name}_type_coverage": covered.types}
        digest = hashes["corpus.sha256" if name == "test" else "split.sha256"]
        profile = {
            "sentences": len(sentences),
            "tokens": sum(len(sentence.tokens) for sentence in sentences),
            "mentions": sum(len(sentence.mentions) for sentence in sentences),
            "token_coverage": covered.tokens,
            "type_coverage": covered.types,
        }
        source = corpus.test_gold if name == "test" else corpus.files[0].parent
        log_dataset(run, f"{corpus.source.name} {name}", digest, name, str(source), profile)
    return numbers


def _fit(settings: Settings, run: TrackedRun, data: TaggingData, module: TaggerModule) -> None:
    """Trains from the beginning, or from the end of the last epoch that was trained."""
    folder = run.store.folder / run.id
    last = folder / LAST
    if last.is_file() and is_trained(last, settings):
        return
    trainer, _ = build_trainer(settings, RunLogger(run), folder)
    trainer.fit(module, data, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt


def _score(settings: Settings, run: TrackedRun, corpus: Corpus, vocabulary: Vocabulary, module: TaggerModule) -> float:
    """Tags the test part, once, with the epoch that was best on dev; keeps predictions, scores and weights."""
    best, dev_f1 = run.store.folder / run.id / BEST, best_dev_f1(run.store.folder / run.id / LAST)
    module.load_weights(best)
    network = module.network.to(device(settings)).eval()
    predicted = list(tag(network, vocabulary, (sentence.tokens for sentence in corpus.test)))
    scores = final_scores(corpus, predicted)
    run.log_metrics({"dev/best_f1": dev_f1, **scores.metrics()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log_predictions(run, corpus.write_predictions(folder, predicted))
        write_lines(folder / "per_type.csv", scores.csv_lines())
        run.log_file(folder / "per_type.csv", "tables")
        save_learning_curve(run, folder / "learning_curve.png")
        run.log_file(folder / "learning_curve.png", "figures")
    log_checkpoint(run, best)
    print(f"dev F1 {dev_f1:.4f} (best epoch)")
    print(f"test strict   {scores.strict}")
    print(f"test official {scores.official}", flush=True)
    return dev_f1
