"""Search settings by dev F1 (hydra/sweeper=search): trials are drawn by Optuna and carried out by Hydra's launchers.

The study's database is the memory of the search. A search that is started again takes up the trials that were under
way, with the same settings, and each of their runs resumes itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import optuna
from hydra import compose
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf
from optuna.trial import FrozenTrial, TrialState

from bner.config.components import TARGET, read_section
from bner.config.identity import settings_hash
from bner.config.schema import Settings, read_settings
from bner.errors import BnerError
from bner.experiments.build import check_device, check_inputs
from bner.experiments.space import Space, read_space
from bner.experiments.study import SAME_ATTRIBUTE, SearchSettings, open_study, sampler
from bner.experiments.sweep import SweepParent, check_sweep, sweep_name
from bner.experiments.trial import PRUNED_ATTRIBUTE
from bner.experiments.trial_table import best_trial, importances, trial_table
from bner.runtime.cores import usable_cores
from bner.runtime.locks import try_lock
from bner.tracking.names import command
from bner.tracking.trials import log_trials, text_lines

_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)
_SEEDS = (1, 2, 3)  # to train the best settings with
_MOST_FAILURES = 3  # in one search, before it gives up


@dataclass
class Search:
    """A search under way.

    Attributes:
        settings: how it is searched.
        space: what is searched.
        study: its trials.
        batch: trials that are launched together.
        elsewhere: trials at which another process is at work.
        errors: of trials that failed.
    """

    settings: SearchSettings
    space: Space
    study: optuna.Study
    batch: int
    elsewhere: set[int] = field(default_factory=set)
    errors: list[Exception] = field(default_factory=list)

    def next_batch(self) -> list[FrozenTrial]:
        """Return the trials to carry out next: those that were interrupted, then new ones; none at the end."""
        running = self._running()
        batch = [trial for trial in running if trial.number not in self.elsewhere][: self.batch]
        room = self.settings.n_trials - len(self.ended()) - len(running)
        while room > 0 and len(batch) < self.batch:
            trial, drawn = self._draw()
            if drawn == "same":  # as one that is under way, whose end is not known yet
                break
            room -= 1
            if drawn == "new":
                batch.append(trial)
        return batch

    def words(self, trial: FrozenTrial) -> list[str]:
        """Return the overrides of a trial's run."""
        name = self.study.study_name.replace("\\", "\\\\").replace("'", "\\'")
        own = [f"tracking.study='{name}'", f"tracking.trial={trial.number}", "trainer.score_test=false"]
        return [*self.space.fixed, *self.space.words(trial.params), *own]

    def record(self, trial: FrozenTrial, result: JobReturn) -> None:
        """Tell the study how a trial's run ended, and print it."""
        if result.status != JobStatus.COMPLETED:
            error = result._return_value
            self.study.tell(trial.number, state=TrialState.FAIL)
            self.errors.append(error if isinstance(error, Exception) else RuntimeError(str(error)))
            return
        dev_f1 = float(result.return_value)
        pruned = PRUNED_ATTRIBUTE in self._trial(trial.number).user_attrs
        if math.isnan(dev_f1) and not pruned:
            self.elsewhere.add(trial.number)
            return
        if pruned:
            self.study.tell(trial.number, state=TrialState.PRUNED)
        else:
            self.study.tell(trial.number, dev_f1)
        best = best_trial(self.study)
        so_far = f"; the best is trial {best.number}, {best.value:.4f}" if best else ""
        print(
            f"trial {trial.number}: dev F1 {dev_f1:.4f}{', pruned' * pruned}; {len(self.ended())} of "
            f"{self.settings.n_trials} trials{so_far}",
            flush=True,
        )

    def ended(self) -> list[FrozenTrial]:
        """Return the trials that ended or were pruned."""
        return self.study.get_trials(deepcopy=False, states=_ENDED)

    def _running(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))

    def _trial(self, number: int) -> FrozenTrial:
        return self.study.get_trials(deepcopy=False)[number]

    def _draw(self) -> tuple[FrozenTrial, str]:
        """Draw a trial; one with the settings of an earlier trial takes its result without a run.

        Returns:
            The trial, and `new`, `known` where it has the result of an earlier one, or `same` where it was given up
            since another one with its settings is under way.
        """
        self.study.sampler = sampler(self.settings, len(self.study.get_trials(deepcopy=False)))
        asked = self.study.ask(self.space.distributions)
        drawn = self._trial(asked.number)
        words = self.space.words(drawn.params)
        for other in (*self.ended(), *self._running()):
            if other.number == drawn.number or self.space.words(other.params) != words:
                continue
            if other.state == TrialState.RUNNING:
                self.study.tell(asked, state=TrialState.FAIL)
                return drawn, "same"
            for step, value in other.intermediate_values.items():
                asked.report(value, step)
            asked.set_user_attr(SAME_ATTRIBUTE, other.number)
            complete = other.state == TrialState.COMPLETE
            self.study.tell(asked, other.value if complete else None, other.state)
            return drawn, "known"
        return drawn, "new"


def search(config: DictConfig, arguments: Sequence[str], launcher: Launcher) -> None:
    """Carry out a search, or the rest of one that was stopped, and print its best trials.

    Args:
        config: the configuration, Hydra's own part included.
        arguments: the overrides of the command line.
        launcher: of the trials.

    Raises:
        BnerError: the search's settings or space are wrong, its study is that of another search, another process is at
            work on it, or trials fail.
    """
    section = config.hydra.sweeper
    rest = OmegaConf.masked_copy(section, [key for key in map(str, section) if key != TARGET])
    settings: SearchSettings = read_section(rest, SearchSettings, "hydra.sweeper")
    if config.resume:
        raise BnerError(f"a search resumes its own trials: leave out resume={config.resume}.")
    check_sweep(config)
    space = read_space(settings.params, arguments, config.identity.ignored)
    trial = job_settings(config, [*space.fixed, *space.corner(), "trainer.score_test=false"])
    check_device(trial)
    check_inputs(trial)
    words = [*(f"{key}={value}" for key, value in settings.params.items()), *arguments]
    name = settings.study or sweep_name(config.tracking.sweep or config.tracking.table, words, config.identity.ignored)
    lock = Path(trial.paths.mlruns).absolute() / "checkpoints" / f"{hashlib.sha256(name.encode()).hexdigest()}.lock"
    with try_lock(lock) as alone:
        if not alone:
            raise BnerError(f"another process is at work on the search {name}: wait for its end.")
        study = open_study(name, settings, space, trial, settings_hash(trial))
        parent = SweepParent(config, name, ranked=False)
        under_way = Search(settings, space, study, settings.batch or parallel_jobs(config.hydra.launcher))
        _discard_half_drawn(under_way)
        print("\n".join(_carry_out(config, under_way, launcher, parent)), flush=True)
        if under_way.elsewhere:
            print(f"{len(under_way.elsewhere)} trials are under way in other processes: start the search again later.")
        if under_way.errors:
            raise under_way.errors[0]
        parent.done = True


def job_settings(config: DictConfig, words: Sequence[str]) -> Settings:
    """Compose and read the settings of a job of a sweep.

    Args:
        config: the sweep's configuration, Hydra's own part included.
        words: the job's overrides.

    Raises:
        BnerError: a value cannot be.
    """
    return read_settings(compose(config.hydra.job.config_name, overrides=list(words)))


def parallel_jobs(launcher: DictConfig) -> int:
    """Return how many jobs a launcher runs at a time."""
    jobs = OmegaConf.select(launcher, "n_jobs") or OmegaConf.select(launcher, "array_parallelism") or 1
    return int(jobs) if jobs > 0 else usable_cores()


def _carry_out(config: DictConfig, under_way: Search, launcher: Launcher, parent: SweepParent) -> list[str]:
    """Launch batch after batch, log the trials after each, and return them as lines of text at the end."""
    launched = 0
    lines = _log(config, under_way, parent)
    while len(under_way.errors) < _MOST_FAILURES and (batch := under_way.next_batch()):
        results = launcher.launch([under_way.words(trial) for trial in batch], initial_job_idx=launched)
        launched += len(batch)
        for trial, result in zip(batch, results, strict=True):
            under_way.record(trial, result)
        lines = _log(config, under_way, parent)
    return lines


def _log(config: DictConfig, under_way: Search, parent: SweepParent) -> list[str]:
    table, shares = trial_table(under_way.study, under_way.space), importances(under_way.study)
    best, repeated = best_trial(under_way.study), None
    if best is not None:
        words = [*under_way.space.fixed, *under_way.space.words(best.params)]
        repeated = command(job_settings(config, words), words, _SEEDS)
    log_trials(parent.uri, config.tracking.experiment, parent.run_id, table, shares, repeated)
    return text_lines(table, shares, repeated)


def _discard_half_drawn(under_way: Search) -> None:
    """Give up a trial whose settings were not all drawn when the search was stopped."""
    for trial in under_way.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if trial.params.keys() != under_way.space.distributions.keys():
            under_way.study.tell(trial.number, state=TrialState.FAIL)
