"""The configuration as typed settings: the sections of conf/train.yaml and conf/baseline.yaml.

They are checked before anything is read or started.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bner.config.components import TARGET, nearest, read_component, read_section
from bner.errors import BnerError, check_choice, check_range

AUTO, NEW = "auto", "new"  # values of `resume` besides a run's identifier


@dataclass
class TrainerSettings:
    """Length, device and display of training: conf/trainer.

    Attributes:
        max_epochs: epochs at most.
        patience: epochs without a better dev F1 before training stops.
        accelerator: as Lightning's Trainer takes it: cpu, gpu, auto.
        devices: processes, one for each GPU.
        strategy: `auto` for one process, `ddp` for several.
        threads: of tensor operations; None is one for each core.
        limit_train_batches: batches in an epoch; None is all.
        overfit_batches: trains and scores on so many batches of the training sentences only; None on all.
        profiler: as Lightning's Trainer takes it: simple, advanced; None is none.
        progress: whether progress is shown.
        matmul_precision: of products of 32-bit matrices, `highest`, `high` or `medium`, as torch has it.
        score_test: whether the test part is scored at the end; False for the trials of a search.
    """

    max_epochs: int
    patience: int
    accelerator: str
    devices: int
    strategy: str
    threads: int | None
    limit_train_batches: int | None
    overfit_batches: int | None
    profiler: str | None
    progress: bool
    matmul_precision: str = "highest"
    score_test: bool = True

    def __post_init__(self) -> None:
        for key in ("max_epochs", "patience", "devices", "threads", "limit_train_batches", "overfit_batches"):
            check_range(key, getattr(self, key), 1)
        check_choice("strategy", self.strategy, ("auto", "ddp"))
        check_choice("accelerator", self.accelerator, ("cpu", "gpu", "cuda", "auto"))
        check_choice("profiler", self.profiler, (None, "simple", "advanced"))
        check_choice("matmul_precision", self.matmul_precision, ("highest", "high", "medium"))


@dataclass
class TrackingSettings:
    """Where runs are tracked: conf/tracking.

    Attributes:
        experiment: the MLflow experiment.
        uri: of an MLflow store; None is MLFLOW_TRACKING_URI or else sqlite at paths.mlruns.
        system_metrics: whether processor, memory and GPU are sampled.
        sweep: the name of a sweep's parent run; None is its table or the swept axes.
        table: the table or figure of the paper that a run belongs to.
        wait_minutes: how long a run that has ended its training waits for a store that does not answer.
        studies: database of the studies of searches; None is sqlite at paths.mlruns.
        study: the search that a run belongs to.
        trial: its number there.
    """

    experiment: str
    uri: str | None
    system_metrics: bool
    sweep: str | None
    table: str | None
    wait_minutes: float
    studies: str | None = None
    study: str | None = None
    trial: int | None = None

    def __post_init__(self) -> None:
        check_range("wait_minutes", self.wait_minutes, 0)


@dataclass
class PathSettings:
    """The folders."""

    data: str
    mlruns: str
    cache: str


@dataclass
class IdentitySettings:
    """The settings that do not count for a run's identity, see identity.py."""

    ignored: list[str]


@dataclass
class Scalars:
    """The settings that lie in no section."""

    seed: int
    batch_size: int
    resume: str | None
    checkpoint: str | None

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0)
        check_range("batch_size", self.batch_size, 1)


@dataclass
class Settings(Scalars):
    """conf/train.yaml with its groups.

    The components' classes are named by their sections; corpus, embedding, model, char, context, decoder, optimizer,
    schedule and averaging may each be a class of one's own.
    """

    corpus: Any
    embedding: Any
    model: Any
    char: Any
    context: Any
    decoder: Any
    optimizer: Any
    schedule: Any
    averaging: Any
    trainer: TrainerSettings
    tracking: TrackingSettings
    paths: PathSettings
    identity: IdentitySettings


@dataclass
class BaselineScalars:
    """The settings of the baseline that lie in no section."""

    seed: int
    resume: str

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0)
        check_choice("resume", self.resume, (AUTO, NEW))


@dataclass
class BaselineSettings(BaselineScalars):
    """conf/baseline.yaml with its groups.

    corpus, embedding and baseline are components, which may each be a class of one's own, the latter a subclass of
    `FeatureCRFConfig`. embedding is None where the baseline has no word clusters, and does not count for the run then.
    """

    corpus: Any
    embedding: Any
    baseline: Any
    tracking: TrackingSettings
    paths: PathSettings
    identity: IdentitySettings


AnySettings = Settings | BaselineSettings
_Read = TypeVar("_Read", Settings, BaselineSettings)


def component_names(settings: AnySettings | type[AnySettings]) -> tuple[str, ...]:
    """Return the names of the sections that may be classes of one's own."""
    return tuple(field.name for field in dataclasses.fields(settings) if field.type == "Any")


COMPONENTS = component_names(Settings)
_SECTIONS: Mapping[str, type[Any]] = {
    "trainer": TrainerSettings,
    "tracking": TrackingSettings,
    "paths": PathSettings,
    "identity": IdentitySettings,
}


def read_settings(config: DictConfig) -> Settings:
    """Read a composed conf/train.yaml.

    Raises:
        BnerError: a key that does not exist or is missing, or a value that cannot be.
    """
    return _read(config, Settings, Scalars)


def read_baseline_settings(config: DictConfig) -> BaselineSettings:
    """Read a composed conf/baseline.yaml.

    Raises:
        BnerError: see `read_settings`.
    """
    settings = _read(config, BaselineSettings, BaselineScalars)
    return settings if settings.baseline.clusters else dataclasses.replace(settings, embedding=None)


def plain(settings: AnySettings) -> dict[str, Any]:
    """Return the settings as nested plain values, with the class of each component as its `_target_`."""
    values = dataclasses.asdict(settings)
    for name in component_names(settings):
        if values[name] is not None:
            component = type(getattr(settings, name))
            values[name] = {TARGET: f"{component.__module__}.{component.__qualname__}", **values[name]}
    return values


def flat(settings: AnySettings) -> dict[str, Any]:
    """Return the settings as dotted keys and plain values, lists included."""
    found: dict[str, Any] = {}

    def walk(prefix: str, node: Mapping[str, Any]) -> None:
        for key, value in node.items():
            if isinstance(value, Mapping):
                walk(f"{prefix}{key}.", value)
            else:
                found[f"{prefix}{key}"] = value

    walk("", plain(settings))
    return found


def _read(config: DictConfig, settings: type[_Read], scalars: type[Any]) -> _Read:
    known = [field.name for field in dataclasses.fields(settings)]
    keys = [str(key) for key in config if key != "hydra"]
    for key in keys:
        if key not in known:
            raise BnerError(f"{key} is no setting{nearest(key, known)}.")
    for key in known:
        if key not in keys:
            raise BnerError(f"{key} is missing: give it a value.")
    try:
        read: dict[str, Any] = {name: read_component(config[name], name) for name in component_names(settings)}
        read |= {name: read_section(config[name], kind, name) for name, kind in _SECTIONS.items() if name in known}
        names = [field.name for field in dataclasses.fields(scalars)]
        loose = read_section(OmegaConf.create({key: config[key] for key in names}), scalars, "")
    except OmegaConfBaseException as error:  # an interpolation that leads nowhere, a section that is no mapping
        raise BnerError(f"the configuration does not fit: {str(error).partition(chr(10))[0]}.") from error
    return settings(**read, **dataclasses.asdict(loose))
