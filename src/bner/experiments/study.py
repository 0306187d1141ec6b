"""A search's study in Optuna: where it is kept, what draws its trials and what prunes them, and a run's own trial."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import distribution_to_json
from optuna.exceptions import OptunaError
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import RDBStorage
from optuna.trial import Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from bner.config.schema import Settings
from bner.errors import BnerError, check_choice, check_range, one_line
from bner.experiments.space import Space
from bner.masking import masked

SAMPLERS, PRUNERS = ("tpe", "random"), ("median", "hyperband", "none")
SAME_ATTRIBUTE = "same_as"  # of a trial that has the settings and the result of this earlier one
_SPACE, _SETTINGS, _PRUNER = "space", "settings", "pruner"  # a study's
_SQLITE = "sqlite:///"
_WAIT = 120.0  # seconds for a locked sqlite file


@dataclass
class SearchSettings:
    """How settings are searched: conf/hydra/sweeper/search.yaml.

    Attributes:
        n_trials: trials that end or are pruned.
        study: the study's name; None is that of the search's parent run.
        sampler: `tpe` or `random`.
        seed: of the sampler.
        startup_trials: trials at random before TPE, and before one is pruned by the median.
        pruner: `median`, `hyperband` or `none`.
        warmup_epochs: epochs in which no trial is pruned.
        batch: trials launched together; None is as many as the launcher runs at a time.
        params: the space.
    """

    n_trials: int
    study: str | None
    sampler: str
    seed: int
    startup_trials: int
    pruner: str
    warmup_epochs: int
    batch: int | None
    params: dict[str, Any]

    def __post_init__(self) -> None:
        check_range("n_trials", self.n_trials, 1)
        check_range("seed", self.seed, 0)
        check_range("startup_trials", self.startup_trials, 0)
        check_range("warmup_epochs", self.warmup_epochs, 0)
        check_range("batch", self.batch, 1)
        check_choice("sampler", self.sampler, SAMPLERS)
        check_choice("pruner", self.pruner, PRUNERS)


def studies_url(settings: Settings) -> str:
    """Return the address of the database of studies: as given, or else sqlite at paths.mlruns/search.db."""
    return settings.tracking.studies or f"{_SQLITE}{Path(settings.paths.mlruns).absolute()}/search.db"


def open_study(name: str, search: SearchSettings, space: Space, settings: Settings, settings_hash: str) -> optuna.Study:
    """Open the study of this name, or create it.

    Args:
        name: of the study.
        search: how it is searched.
        space: what is searched.
        settings: of one of its trials.
        settings_hash: of the same trial; it changes with the settings that all trials share.

    Raises:
        BnerError: the database cannot be opened, or its study of this name has another space or other fixed settings.
    """
    url = studies_url(settings)
    described = {key: json.loads(distribution_to_json(each)) for key, each in space.distributions.items()}
    pruner: dict[str, Any] = {
        "pruner": search.pruner, "startup_trials": search.startup_trials, "warmup_epochs": search.warmup_epochs,
        "max_epochs": settings.trainer.max_epochs,
    }  # fmt: skip
    with _storage_errors(url):
        if url.startswith(_SQLITE):
            Path(url.removeprefix(_SQLITE)).absolute().parent.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            storage=_storage(url), study_name=name, direction="maximize", load_if_exists=True, pruner=_pruner(**pruner)
        )
        known = study.user_attrs
        for key, value, what in (
            (_SPACE, described, "another space"), (_SETTINGS, settings_hash, "other settings beside its space")
        ):  # fmt: skip
            if known.get(key, value) != value:
                raise BnerError(
                    f"the study {name} in {masked(url)} has {what}: give this search another name with "
                    "hydra.sweeper.study=NAME, or the space and settings that the study began with."
                )
            study.set_user_attr(key, value)
        study.set_user_attr(_PRUNER, pruner)
    return study


def sampler(search: SearchSettings, number: int) -> BaseSampler:
    """Return the sampler of a trial.

    Its seed depends on the trial's number, so that a search that was stopped does not draw its first trials again.
    """
    seed = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    if search.sampler == "random":
        return RandomSampler(seed=seed)
    return TPESampler(seed=seed, n_startup_trials=search.startup_trials, multivariate=True)


def open_trial(settings: Settings, name: str, number: int) -> tuple[Trial, int]:
    """Open the trial that a run carries out.

    The search that drew the trial may be at work in another process, on another machine.

    Args:
        settings: of the run.
        name: of the study.
        number: of the trial.

    Returns:
        The trial, and of how many epochs the study has the dev F1 already.

    Raises:
        BnerError: the study's database cannot be opened, or has no such trial that is to be carried out.
    """
    url = studies_url(settings)
    with _storage_errors(url):
        storage = _storage(url)
        try:
            study = optuna.load_study(storage=storage, study_name=name)
            trial_id = storage.get_trial_id_from_study_id_trial_number(storage.get_study_id_from_name(name), number)
            found = storage.get_trial(trial_id)
        except KeyError:
            found = None
        if found is None or found.state != TrialState.RUNNING:
            raise BnerError(
                f"the study {name} in {masked(url)} has no trial {number} to be carried out: trials are given out by "
                "hydra/sweeper=search."
            )
        study.pruner = _pruner(**study.user_attrs[_PRUNER])
        return Trial(study, trial_id), len(found.intermediate_values)


def _storage(url: str) -> RDBStorage:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    options = {"connect_args": {"timeout": _WAIT}} if url.startswith(_SQLITE) else {}
    return RDBStorage(url, engine_kwargs=options)


def _pruner(pruner: str, startup_trials: int, warmup_epochs: int, max_epochs: int) -> BasePruner:
    if pruner == "median":
        return MedianPruner(n_startup_trials=startup_trials, n_warmup_steps=warmup_epochs)
    if pruner == "hyperband":
        return HyperbandPruner(min_resource=max(warmup_epochs, 1), max_resource=max(max_epochs, warmup_epochs, 1))
    return NopPruner()


@contextmanager
def _storage_errors(url: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OptunaError, ImportError, OSError) as error:
        raise BnerError(
            f"the studies {masked(url)} cannot be opened ({one_line(error)[:200]}): check tracking.studies."
        ) from error
