"""What a run computes: its data, its model and its trainer, from the settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, ProgressBar
from pytorch_lightning.loggers import Logger

from bner.config.schema import Settings
from bner.corpora.corpus import Corpus, CorpusSource, read_corpus
from bner.corpora.split import Split, split_dev
from bner.data.vocabulary import Vocabulary, wanted_keys
from bner.errors import BnerError
from bner.model.tagger import Architecture, Tagger
from bner.runtime.hashing import sha256_of_files
from bner.scoring.metrics import StrictSpans
from bner.training.callbacks import Throughput, progress
from bner.training.checkpoints import WholeCheckpointIO
from bner.training.lightning_module import OptimizerChoice, TaggerModule
from bner.vectors.source import WordVectors
from bner.vectors.table import WordTable

LAST, BEST = "last.ckpt", "best.ckpt"
_EACH_EPOCH: dict[str, Any] = {"save_on_train_epoch_end": True, "enable_version_counter": False}


def corpus_and_split(settings: Settings) -> tuple[Corpus, Split]:
    """The corpus, and its training part cut into training and dev sentences."""
    chosen = settings.corpus
    corpus = read_corpus(CorpusSource(chosen.name, chosen.format, chosen.folder, chosen.train, chosen.test))
    return corpus, split_dev(corpus.train, chosen.dev_fraction, chosen.dev_split, chosen.split_seed)


def _word_vectors(settings: Settings) -> WordVectors:
    chosen = settings.embedding
    return WordVectors(chosen.width, chosen.name, chosen.file, chosen.origin, finetune=chosen.finetune)


def vectors_for(settings: Settings, corpus: Corpus, split: Split) -> WordTable:
    """Frozen vectors for all words of the corpus, vectors to be tuned for those of its training sentences."""
    seen = split.train if settings.embedding.finetune else (*corpus.train, *corpus.test)
    return _word_vectors(settings).build(wanted_keys(seen), settings.seed)


def data_hashes(settings: Settings, corpus: Corpus, split: Split) -> dict[str, str]:
    """What says that two runs read the same data.

    Raises:
        BnerError: a vector file or the checkpoint is missing.
    """
    files = _word_vectors(settings).files()
    vectors = (
        sha256_of_files(files, Path(settings.paths.cache) / "hashes") if files else f"random, seed {settings.seed}"
    )
    found = {
        "corpus.sha256": sha256_of_files(corpus.files),
        "split.sha256": split.sha256,
        "vectors.sha256": vectors,
    }
    if settings.checkpoint:
        checkpoint = Path(settings.checkpoint)
        if not checkpoint.is_file():
            raise BnerError(f"checkpoint {checkpoint.absolute()} is missing: check the path.")
        found["checkpoint.sha256"] = sha256_of_files([checkpoint])
    return found


def build_model(settings: Settings, table: WordTable, vocabulary: Vocabulary, vectors_sha256: str) -> TaggerModule:
    """The module to be trained, with the weights of `checkpoint` where the settings name one."""
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
        "vectors.sha256": vectors_sha256,
        **dataclasses.asdict(architecture),
        "words": list(vocabulary.words) if architecture.finetune else [],
    }
    vectors = torch.from_numpy(table.rows)
    network = Tagger(architecture, vectors, vocabulary.num_characters, len(vocabulary.labels))
    optimizer = OptimizerChoice(settings.optimizer.lr, settings.optimizer.eps, settings.optimizer.l2)
    module = TaggerModule(network, vocabulary.labels, StrictSpans(), optimizer, card)
    if settings.checkpoint:  # where a run goes on, its own weights take their place
        module.load_weights(Path(settings.checkpoint))
    return module


def build_trainer(settings: Settings, logger: Logger | None, folder: Path) -> tuple[Trainer, ModelCheckpoint]:
    """The trainer, and the callback that keeps the best epoch of dev.

    Args:
        settings: the settings.
        logger: where metrics go; None for a process that only takes part.
        folder: of the checkpoints.
    """
    chosen = settings.trainer
    # Two, since `save_last` of one keeps the last epoch that was better than all before, not the last one. The order
    # matters: what the last epoch's checkpoint holds of the best one's is of the same epoch.
    best = ModelCheckpoint(folder, Path(BEST).stem, monitor="dev/f1", mode="max", **_EACH_EPOCH)
    last = ModelCheckpoint(folder, Path(LAST).stem, **_EACH_EPOCH)
    stopping = EarlyStopping("dev/f1", patience=chosen.patience, mode="max", check_on_train_epoch_end=True)
    shown = progress(chosen.progress and logger is not None)
    plugins: list[Any] = [WholeCheckpointIO()]
    if chosen.strategy == "auto":
        plugins.append(LightningEnvironment())  # one process, also on a cluster: requeuing is the launcher's
    trainer = Trainer(
        accelerator=chosen.accelerator,
        devices=chosen.devices,
        strategy=chosen.strategy,
        use_distributed_sampler=False,  # the data module gives each process its part of each batch
        max_epochs=chosen.max_epochs,
        limit_train_batches=chosen.limit_train_batches,
        logger=logger or False,
        callbacks=[Throughput(), best, last, stopping, *shown],
        plugins=plugins,
        num_sanity_val_steps=0,
        log_every_n_steps=50,
        enable_model_summary=False,
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in shown),
    )
    return trainer, best


def is_trained(checkpoint: Path, settings: Settings) -> bool:
    """Whether the run that left this checkpoint had no epoch left to train, and only its test score is missing.

    Lightning itself would train one more epoch after early stopping.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    waited = [kept["wait_count"] for kept in state["callbacks"].values() if "wait_count" in kept]
    return int(state["epoch"]) + 1 >= settings.trainer.max_epochs or max(waited) >= settings.trainer.patience


def best_dev_f1(checkpoint: Path) -> float:
    """The dev F1 of the best epoch so far, as the checkpoint has it."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    scores = [kept["best_model_score"] for kept in state["callbacks"].values() if kept.get("monitor") == "dev/f1"]
    return float(scores[0])


def device(settings: Settings) -> torch.device:
    """Where the test part is tagged: on the GPU that the trainer uses, or the CPU."""
    on_gpu = settings.trainer.accelerator in ("gpu", "cuda", "auto") and torch.cuda.is_available()
    return torch.device("cuda" if on_gpu else "cpu")
