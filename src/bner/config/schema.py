"""The configuration as typed nouns: what conf/ holds, checked before anything is read or started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bner.errors import BnerError


@dataclass
class CorpusSettings:
    """conf/corpus."""

    name: str
    format: str
    folder: str | None
    train: str
    test: str
    dev_split: str
    dev_fraction: float
    split_seed: int


@dataclass
class EmbeddingSettings:
    """conf/embedding."""

    name: str
    width: int
    file: str | None
    origin: str
    finetune: bool


@dataclass
class ModelSettings:
    """conf/model."""

    name: str
    cell: str
    bidirectional: bool
    layers: int
    width: int
    hidden_width: int


@dataclass
class CharSettings:
    """conf/char."""

    name: str


@dataclass
class DecoderSettings:
    """conf/decoder."""

    name: str


@dataclass
class OptimizerSettings:
    """conf/optimizer."""

    name: str
    lr: float
    eps: float
    l2: float


@dataclass
class TrainerSettings:
    """conf/trainer."""

    max_epochs: int
    patience: int
    accelerator: str
    devices: int
    strategy: str
    threads: int | None
    limit_train_batches: int | None
    progress: bool


@dataclass
class TrackingSettings:
    """conf/tracking."""

    experiment: str
    uri: str | None
    system_metrics: bool
    sweep: str | None
    table: str | None
    wait_minutes: float


@dataclass
class PathSettings:
    """The folders."""

    data: str
    mlruns: str
    cache: str


@dataclass
class Settings:
    """conf/train.yaml with its groups."""

    corpus: CorpusSettings
    embedding: EmbeddingSettings
    model: ModelSettings
    char: CharSettings
    decoder: DecoderSettings
    optimizer: OptimizerSettings
    trainer: TrainerSettings
    tracking: TrackingSettings
    paths: PathSettings
    seed: int
    batch_size: int
    resume: str | None
    checkpoint: str | None


AUTO, NEW = "auto", "new"  # what resume may say besides a run's identifier

_CHOICES = {
    "corpus.format": ("gm", "iob2"),
    "corpus.dev_split": ("sentence", "abstract"),
    "model.cell": ("lstm", "rnn"),
    "char.name": ("attention", "attention_hidden", "none"),
    "decoder.name": ("crf", "softmax"),
    "optimizer.name": ("adagrad",),
    "trainer.strategy": ("auto", "ddp"),
}
_AT_LEAST_ONE = (
    "batch_size",
    "embedding.width",
    "model.layers",
    "model.width",
    "model.hidden_width",
    "trainer.max_epochs",
    "trainer.patience",
    "trainer.devices",
)
_NOT_NEGATIVE = ("tracking.wait_minutes", "seed", "optimizer.lr", "optimizer.eps", "optimizer.l2")


def read_settings(config: DictConfig) -> Settings:
    """The settings that a composed configuration holds.

    Raises:
        BnerError: a key that does not exist or is missing, or a value that cannot be.
    """
    plain = OmegaConf.create({key: value for key, value in config.items() if key != "hydra"})
    try:
        merged = OmegaConf.merge(OmegaConf.structured(Settings), plain)
        settings = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        # The first line says what; the others repeat it in OmegaConf's own terms.
        what = str(error).partition("\n")[0].rstrip(".")
        raise BnerError(f"the configuration does not fit: {getattr(error, 'full_key', None) or ''}: {what}.") from error
    assert isinstance(settings, Settings)
    _check(merged)
    return settings


def flat(config: Any) -> dict[str, Any]:
    """A resolved configuration as dotted keys and plain values, without Hydra's own part."""
    values: dict[str, Any] = {}

    def walk(prefix: str, node: Any) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                values[f"{prefix}{key}"] = value

    walk("", OmegaConf.to_container(OmegaConf.structured(config), resolve=True))
    return values


def _check(config: Any) -> None:
    for key, choices in _CHOICES.items():
        value = OmegaConf.select(config, key)
        if value not in choices:
            raise BnerError(f"{key} is '{value}': use {' or '.join(choices)}.")
    for key in _AT_LEAST_ONE:
        if OmegaConf.select(config, key) < 1:
            raise BnerError(f"{key} is {OmegaConf.select(config, key)}: use at least 1.")
    if config.trainer.strategy == "ddp" and config.embedding.finetune:
        raise BnerError(
            "trainer.strategy=ddp with embedding.finetune=true: the sparse gradients of vectors cannot be put together "
            "from several processes; use one process, or frozen vectors."
        )
    for key in _NOT_NEGATIVE:
        if OmegaConf.select(config, key) < 0:
            raise BnerError(f"{key} is {OmegaConf.select(config, key)}: use 0 or more.")
