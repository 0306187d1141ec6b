"""One run from its configuration to its scores: corpus, vectors, data, model, fit, score."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, ProgressBar
from pytorch_lightning.utilities import rank_zero_only

from bner.arithmetic import prepare
from bner.callbacks import Throughput, progress, quiet
from bner.corpora.corpus import Corpus, CorpusSource, read_corpus
from bner.corpora.split import Split, split_dev
from bner.data.datamodule import TaggingData
from bner.data.vocabulary import Vocabulary, build_vocabulary, coverage, wanted_keys
from bner.errors import BnerError
from bner.files import sha256_of_files, write_lines
from bner.interrupts import terminated_as_interrupted
from bner.model.checkpointing import WholeCheckpointIO
from bner.model.module import OptimizerChoice, TaggerModule
from bner.model.tagger import Architecture, Tagger
from bner.resuming import check_tags, resumed_config
from bner.scoring.final import FinalScores, final_scores
from bner.scoring.metrics import StrictSpans
from bner.settings import Settings, flat, read_settings
from bner.tagging import tag
from bner.tracking.identity import git_commit, run_name, variant_tags
from bner.tracking.runs import CONFIG, TrackedRun, begin_run, find_run, save_learning_curve
from bner.tracking.store import tracking_uri
from bner.vectors.table import VectorSource, WordTable, source_files, word_table

LAST, BEST = "last.ckpt", "best.ckpt"


def train(config: DictConfig, overrides: Sequence[str] = ()) -> float:
    """Trains, scores and tracks one variant; what is wrong with the input comes out before the run begins.

    Args:
        config: conf/train.yaml, composed.
        overrides: the words of the command line, which a resumed run checks against its own configuration.

    Returns:
        The best dev F1, as a fraction.

    Raises:
        BnerError: a setting, a file or a store is wrong.
    """
    settings = read_settings(config)
    # What launches several processes tells each of them its number.
    rank = int(getattr(rank_zero_only, "rank", 0)) if settings.trainer.strategy == "ddp" else 0
    uri = tracking_uri(settings.tracking.uri, Path(settings.paths.mlruns))
    run = None
    if settings.resume:
        run = find_run(uri, settings.tracking.experiment, settings.resume)
        settings = read_settings(resumed_config(run, config, overrides))
        if not (_checkpoints(settings, run) / LAST).is_file():
            raise BnerError(f"run {run.id} has no checkpoint in {_checkpoints(settings, run)}: begin a new run.")
    prepare(settings.trainer.threads)
    quiet()
    seed_everything(settings.seed, verbose=False)

    corpus, split = _corpus(settings)
    table = _vectors(settings, corpus, split)
    vocabulary = build_vocabulary(split.train, table, corpus.types)
    data = TaggingData(split, vocabulary, settings.batch_size, settings.seed, Path(settings.paths.cache))
    hashes = _hashes(settings, corpus, split)
    module = _model(settings, table, vocabulary, hashes)
    if rank > 0:
        return _follow(settings, data, module)
    if run is None:
        tags = {"git.commit": git_commit(), **hashes, **variant_tags(settings)}
        run = begin_run(uri, settings.tracking.experiment, run_name(settings), flat(settings), tags)
    else:
        check_tags(run, hashes)
    print(f"{run.name}: run {run.id} in {run.uri}", flush=True)
    try:
        with run.recording(settings.tracking.system_metrics):
            _describe(settings, run, corpus, split, table)
            return _fit_and_score(settings, run, corpus, vocabulary, data, module)
    except (KeyboardInterrupt, SystemExit):  # Lightning makes the second of the first
        print(f"interrupted; python train.py resume={run.id} goes on from the last epoch's end", flush=True)
        raise SystemExit(130) from None


def _follow(settings: Settings, data: TaggingData, module: TaggerModule) -> float:
    """Takes part in training as another process than the first, which alone tracks and scores."""
    folder = Path(settings.paths.mlruns).absolute() / "checkpoints" / (settings.resume or "-")
    trainer, best = _trainer(settings, None, folder)  # the first process says which folder it is
    trainer.fit(module, data, ckpt_path=str(folder / LAST) if settings.resume else None, weights_only=True)
    return float(best.best_model_score or 0.0)


def _corpus(settings: Settings) -> tuple[Corpus, Split]:
    chosen = settings.corpus
    corpus = read_corpus(CorpusSource(chosen.name, chosen.format, chosen.folder, chosen.train, chosen.test))
    return corpus, split_dev(corpus.train, chosen.dev_fraction, chosen.dev_split, chosen.split_seed)


def _vector_source(settings: Settings) -> VectorSource:
    chosen = settings.embedding
    return VectorSource(chosen.name, chosen.width, chosen.file, chosen.origin)


def _vectors(settings: Settings, corpus: Corpus, split: Split) -> WordTable:
    """Frozen vectors for all words of the corpus, vectors to be tuned for those of its training sentences."""
    seen = split.train if settings.embedding.finetune else (*corpus.train, *corpus.test)
    return word_table(_vector_source(settings), wanted_keys(seen), settings.seed)


def _hashes(settings: Settings, corpus: Corpus, split: Split) -> dict[str, str]:
    """What says that two runs read the same data."""
    source = _vector_source(settings)
    vectors = sha256_of_files(source_files(source)) if source.file else f"random, seed {settings.seed}"
    return {
        "corpus.sha256": sha256_of_files(corpus.files),
        "split.sha256": split.sha256,
        "vectors.sha256": vectors,
    }


def _model(settings: Settings, table: WordTable, vocabulary: Vocabulary, hashes: dict[str, str]) -> TaggerModule:
    architecture = Architecture(
        cell=settings.model.cell,
        bidirectional=settings.model.bidirectional,
        layers=settings.model.layers,
        width=settings.model.width,
        hidden_width=settings.model.hidden_width,
        characters=settings.char.name,
        decoder=settings.decoder.name,
        finetune=settings.embedding.finetune,
    )
    card = {
        "labels": list(vocabulary.labels.names),
        "characters": vocabulary.characters,
        "vectors": settings.embedding.name,
        "vectors.sha256": hashes["vectors.sha256"],
        **dataclasses.asdict(architecture),
        "words": list(vocabulary.words) if architecture.finetune else [],
    }
    vectors = torch.from_numpy(table.rows)
    network = Tagger(architecture, vectors, vocabulary.num_characters, len(vocabulary.labels))
    optimizer = OptimizerChoice(settings.optimizer.lr, settings.optimizer.eps, settings.optimizer.l2)
    module = TaggerModule(network, vocabulary.labels, StrictSpans(), optimizer, card)
    if settings.checkpoint and not settings.resume:
        module.load_weights(Path(settings.checkpoint))
    return module


def _describe(settings: Settings, run: TrackedRun, corpus: Corpus, split: Split, table: WordTable) -> None:
    """Keeps what is known before training: the configuration, sizes and coverage."""
    run.log_text(OmegaConf.to_yaml(OmegaConf.structured(settings), resolve=True), CONFIG)
    numbers: dict[str, float] = {}
    known = set(table.words[1:])
    for name, sentences in (("train", split.train), ("dev", split.dev), ("test", corpus.test)):
        covered = coverage(sentences, known)
        numbers |= {f"coverage/{name}_tokens": covered.tokens, f"coverage/{name}_types": covered.types}
        numbers[f"data/{name}_sentences"] = len(sentences)
    run.log_metrics(numbers)


def _fit_and_score(
    settings: Settings, run: TrackedRun, corpus: Corpus, vocabulary: Vocabulary, data: TaggingData, module: TaggerModule
) -> float:
    folder = _checkpoints(settings, run)
    trainer, best = _trainer(settings, run, folder)
    with terminated_as_interrupted():
        trainer.fit(module, data, ckpt_path=str(folder / LAST) if settings.resume else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    # The test part is scored once, here, with the epoch that was best on dev.
    module.load_weights(folder / BEST)
    scores = _score(trainer, run, corpus, vocabulary, module)
    run.log_file(folder / BEST, "checkpoints")
    shutil.rmtree(folder)
    dev_f1 = float(best.best_model_score or 0.0)
    run.log_metrics({"dev/best_f1": dev_f1, **scores.metrics()})
    print(f"dev F1 {dev_f1:.4f} (best epoch)")
    print(f"test strict   {scores.strict}")
    print(f"test official {scores.official}", flush=True)
    return dev_f1


def _checkpoints(settings: Settings, run: TrackedRun) -> Path:
    """Where a run's checkpoints lie until it is finished and MLflow has the best one."""
    return Path(settings.paths.mlruns).absolute() / "checkpoints" / run.id


def _trainer(settings: Settings, run: TrackedRun | None, folder: Path) -> tuple[Trainer, ModelCheckpoint]:
    chosen = settings.trainer
    best = ModelCheckpoint(
        dirpath=folder,
        filename=Path(BEST).stem,
        monitor="dev/f1",
        mode="max",
        save_last=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    best.CHECKPOINT_NAME_LAST = Path(LAST).stem
    stopping = EarlyStopping("dev/f1", patience=chosen.patience, mode="max", check_on_train_epoch_end=True)
    shown = progress(chosen.progress and run is not None)
    trainer = Trainer(
        accelerator=chosen.accelerator,
        devices=chosen.devices,
        strategy=chosen.strategy,
        use_distributed_sampler=False,  # the data module gives each process its part of each batch
        max_epochs=chosen.max_epochs,
        limit_train_batches=chosen.limit_train_batches,
        logger=run.logger(settings.tracking.experiment) if run else False,
        callbacks=[Throughput(), best, stopping, *shown],
        plugins=[WholeCheckpointIO()],
        num_sanity_val_steps=0,
        log_every_n_steps=50,
        enable_model_summary=False,
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in shown),
    )
    return trainer, best


def _score(
    trainer: Trainer, run: TrackedRun, corpus: Corpus, vocabulary: Vocabulary, module: TaggerModule
) -> FinalScores:
    """Predicts the test part, keeps the predictions, the tables and the curve with the run, and scores them."""
    network = module.network.to(trainer.strategy.root_device).eval()
    predicted = list(tag(network, vocabulary, (sentence.tokens for sentence in corpus.test)))
    scores = final_scores(corpus, predicted)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run.log_file(corpus.write_predictions(folder, predicted), "predictions")
        write_lines(folder / "per_type.csv", scores.csv_lines())
        run.log_file(folder / "per_type.csv", "tables")
        save_learning_curve(run, folder / "learning_curve.png")
        run.log_file(folder / "learning_curve.png", "figures")
    return scores
