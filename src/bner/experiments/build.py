"""Build what a run computes with, from its settings: data, network, module and trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, ProgressBar
from pytorch_lightning.loggers import Logger

from bner.config.schema import Settings, flat
from bner.corpora.split import Split
from bner.data.sampler import BucketSampler
from bner.data.vocabulary import Vocabulary, build_vocabulary, frequent_keys, wanted_keys
from bner.errors import BnerError
from bner.experiments.data import RunData, data_hashes
from bner.inference.network import build_network
from bner.runtime.hashing import sha256_of_files
from bner.runtime.progress import Phases
from bner.scoring.metrics import StrictSpans
from bner.training.callbacks import Throughput, progress
from bner.training.checkpoints import AtomicCheckpointIO
from bner.training.data_module import TaggingData
from bner.training.lightning_module import Optimization, TaggerModule
from bner.vectors.table import WordTable

LAST, BEST = "last.ckpt", "best.ckpt"
_EACH_EPOCH: dict[str, Any] = {"save_on_train_epoch_end": True, "enable_version_counter": False}


def check_inputs(settings: Settings) -> None:
    """Check that the files of a run exist and fit, without reading them whole.

    Raises:
        BnerError: one is missing or does not fit.
    """
    settings.corpus.check()
    settings.embedding.check()
    settings.context.check()
    if settings.checkpoint and not Path(settings.checkpoint).is_file():
        raise BnerError(f"checkpoint {Path(settings.checkpoint).absolute()} is missing: check the path.")


def check_device(settings: Settings) -> None:
    """Check that the machine has the device that the trainer asks for.

    Raises:
        BnerError: it has not.
    """
    wanted, found = settings.trainer, torch.cuda.device_count()
    if wanted.accelerator in ("gpu", "cuda") and found < wanted.devices:
        number = f"{wanted.devices} GPU{'s' * (wanted.devices > 1)}"
        raise BnerError(
            f"trainer.accelerator={wanted.accelerator} wants {number} and torch {torch.__version__} finds {found}: "
            "use trainer=default, or see that nvidia-smi lists them and torch is a CUDA build."
        )


def read_data(settings: Settings) -> RunData:
    """Read the corpus, split it, and hash what the run reads.

    Raises:
        BnerError: a file is missing or broken.
    """
    corpus = settings.corpus.build()
    split = settings.corpus.split(corpus)
    if settings.trainer.overfit_batches:
        split = _first_batches(split, settings)
    hashes = data_hashes(corpus, split, settings.embedding, settings.seed, Path(settings.paths.cache))
    if context := settings.context.files():
        hashes["context.sha256"] = sha256_of_files(context)
    if settings.checkpoint:
        hashes["checkpoint.sha256"] = sha256_of_files([Path(settings.checkpoint)])
    return RunData(corpus, split, hashes)


def read_vectors(settings: Settings, data: RunData) -> WordTable:
    """Read frozen vectors for all words of the corpus, vectors to be fine-tuned for those of its training sentences.

    Words that have a trained vector beside the frozen one come first.
    """
    embedding, train = settings.embedding, data.split.train
    seen = train if embedding.finetune else (*data.corpus.train, *data.corpus.test)
    first = frequent_keys(train, embedding.min_count, embedding.digits) if embedding.has_trained_part else []
    table: WordTable = embedding.build([*first, *wanted_keys(seen, embedding.digits)], settings.seed)
    return replace(table, trained=len(set(first).intersection(table.words[1:])))


def build_data(settings: Settings, data: RunData, table: WordTable) -> TaggingData:
    """Build the data module, with the vocabulary of the corpus and the vectors."""
    vocabulary = build_vocabulary(data.split.train, table, data.corpus.types, settings.embedding.digits)
    return TaggingData(data.split, vocabulary, settings.batch_size, settings.seed, Path(settings.paths.cache))


def build_module(settings: Settings, data: RunData, table: WordTable, vocabulary: Vocabulary) -> TaggerModule:
    """Build the module to be trained, with the weights of `checkpoint` where the settings name one."""
    sections = ("model.", "char.", "decoder.")
    card = {
        "labels": list(vocabulary.labels.names),
        "characters": vocabulary.characters,
        "digits": vocabulary.digits,
        "vectors": data.hashes["vectors.sha256"],
        "words": _trained_words(settings, table),
        **{key: value for key, value in flat(settings).items() if key.startswith(sections)},
    }
    if "context.sha256" in data.hashes:
        card |= {"context": data.hashes["context.sha256"], "context.layers": settings.context.layers}
    optimization = Optimization(settings.optimizer, settings.schedule)
    sparse = settings.optimizer.takes_sparse_gradients and settings.trainer.strategy != "ddp"
    network = build_network(settings, table, vocabulary, sparse)
    module = TaggerModule(network, vocabulary, StrictSpans(), optimization, card, settings.embedding.word_dropout)
    if settings.checkpoint:  # a resumed run loads its own weights afterwards
        module.load_weights(Path(settings.checkpoint))
    return module


def read_context(settings: Settings, data: TaggingData, module: TaggerModule) -> None:
    """Read all sentences to be trained and validated on with the context's frozen network, where there is one."""
    context = module.network.encoder.words.context
    if context is None:
        return
    phases = Phases()
    tokens = sum(len(sentence.tokens) for sentence in (*data.sentences, *data.dev))
    with phases.phase("context"):
        data.read_context(context, device(settings), lambda done: phases.update(done, done / tokens))


def build_trainer(
    settings: Settings, logger: Logger | None, folder: Path, callbacks: Sequence[Callback] = ()
) -> tuple[Trainer, ModelCheckpoint]:
    """Build Lightning's trainer, and the callback that keeps the epoch with the best dev F1 in `folder`.

    The last epoch's end is kept too, for a run that was stopped to be resumed from. Without a logger, as in all
    processes but the first, nothing is shown. `callbacks` are added to those of every run.
    """
    chosen = settings.trainer
    best = ModelCheckpoint(folder, Path(BEST).stem, monitor="dev/f1", mode="max", **_EACH_EPOCH)
    last = ModelCheckpoint(folder, Path(LAST).stem, **_EACH_EPOCH)
    stopping = EarlyStopping("dev/f1", patience=chosen.patience, mode="max", check_on_train_epoch_end=True)
    shown = progress(chosen.progress and logger is not None)
    averaging = settings.averaging.build()
    plugins: list[Any] = [AtomicCheckpointIO()]
    if chosen.strategy == "auto":
        plugins.append(LightningEnvironment())  # one process, also on a cluster: requeuing is the launcher's
    trainer = Trainer(
        accelerator=chosen.accelerator,
        devices=chosen.devices,
        strategy=chosen.strategy,
        use_distributed_sampler=False,  # the data module gives each process its part of each batch
        max_epochs=chosen.max_epochs,
        limit_train_batches=chosen.limit_train_batches,
        gradient_clip_val=settings.optimizer.clip_norm,
        logger=logger or False,
        callbacks=[Throughput(), *([averaging] if averaging else []), best, last, stopping, *shown, *callbacks],
        plugins=plugins,
        profiler=chosen.profiler,
        num_sanity_val_steps=0,
        log_every_n_steps=50,
        enable_model_summary=False,
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in shown),
    )
    return trainer, best


def device(settings: Settings) -> torch.device:
    """Return where the test part is tagged: on the GPU that the trainer uses, or the CPU."""
    on_gpu = settings.trainer.accelerator in ("gpu", "cuda", "auto") and torch.cuda.is_available()
    return torch.device("cuda" if on_gpu else "cpu")


def _trained_words(settings: Settings, table: WordTable) -> list[str]:
    """Return the words whose vectors are weights of the network, UNKNOWN first; none where all are frozen."""
    if settings.embedding.finetune:
        return list(table.words)
    return list(table.words[: 1 + table.trained]) if settings.embedding.has_trained_part else []


def _first_batches(split: Split, settings: Settings) -> Split:
    """Return the sentences of the first training batches as training and dev sentences."""
    lengths = torch.tensor([len(sentence.tokens) for sentence in split.train])
    batches = list(BucketSampler(lengths, settings.batch_size, settings.seed))[: settings.trainer.overfit_batches]
    chosen = tuple(split.train[number] for number in torch.cat(batches).tolist())
    return Split(chosen, chosen)
