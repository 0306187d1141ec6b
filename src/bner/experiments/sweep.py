"""Hydra's multiruns as sweeps: a parent run in MLflow, inputs checked beforehand, jobs that do what is left to do."""

from __future__ import annotations

import atexit
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict

from bner.config.identity import is_ignored
from bner.config.schema import AUTO, read_settings
from bner.errors import BnerError, reported
from bner.masking import mask_log_messages, masked
from bner.runtime.cores import usable_cores
from bner.runtime.files import write_lines

_SEARCH = "hydra_plugins.bner_search.SearchSweeper"


class Sweep(Callback):
    """Checks the inputs of all jobs and makes the sweep's parent run before the first job starts."""

    def __init__(self) -> None:
        self.parent: SweepParent | None = None

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """End the program with a sentence where a job cannot run or the store cannot be opened."""
        from bner.experiments.build import check_inputs

        mask_log_messages()  # Hydra prints the words of each job
        if str(config.hydra.sweeper._target_) == _SEARCH:
            return  # which does all this for its trials
        tracking = config.tracking
        words = [*_params(config), *config.hydra.overrides.task]
        name = sweep_name(tracking.sweep or tracking.table, words, config.identity.ignored)
        with reported():
            check_sweep(config)
            for job in job_configs(config, words):
                check_inputs(read_settings(job))
            self.parent = SweepParent(config, name)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Note that all jobs have ended, none of them by an error."""
        if self.parent is not None:
            self.parent.done = True


class SweepParent:
    """The parent run of a sweep: RUNNING from now to the end of the program.

    Attributes:
        uri: of the MLflow store.
        run_id: of the parent run.
        done: whether all jobs have ended; if they have not, the run is KILLED at the end of the program.
    """

    def __init__(self, config: DictConfig, name: str, ranked: bool = True) -> None:
        """Find or create the run, and tell the jobs of it.

        Args:
            config: the sweep's configuration, Hydra's own part included.
            name: of the run.
            ranked: whether the program ends with a ranking of the variants.

        Raises:
            BnerError: the store cannot be opened, or does not accept the run.
        """
        from bner.tracking.store import tracking_uri
        from bner.tracking.sweeps import PARENT_VARIABLE, begin_sweep

        tracking, task = config.tracking, config.hydra.overrides.task
        tags = {"mlflow.note.content": f"A sweep: `python train.py -m {shlex.join(task)}`."}
        if tracking.table:
            tags["paper.table"] = tracking.table
        self.uri = tracking_uri(tracking.uri, Path(config.paths.mlruns))
        self.run_id = begin_sweep(self.uri, tracking.experiment, name, tags)
        self.done = False
        self._experiment, self._ranked = tracking.experiment, ranked
        self._note = Path(config.hydra.sweep.dir) / "multirun.yaml"  # Hydra's copy of the command line
        os.environ[PARENT_VARIABLE] = self.run_id
        atexit.register(self._end)
        print(masked(f"sweep {name}: run {self.run_id} in {self.uri}"), flush=True)

    def _end(self) -> None:
        from bner.tracking.sweeps import end_sweep

        _mask_file(self._note)
        with reported():
            for line in end_sweep(self.uri, self._experiment, self.run_id, self.done, self._ranked):
                print(line)


def check_sweep(config: DictConfig) -> None:
    """Check that the configuration can be one of several jobs.

    Raises:
        BnerError: it cannot.
    """
    if config.trainer.strategy == "ddp":
        raise BnerError("trainer=ddp trains one run at a time: leave it out of a sweep.")


def job_configs(config: DictConfig, words: Sequence[str]) -> Iterator[DictConfig]:
    """Compose the configuration of each job of a sweep by Hydra's basic sweeper; of other sweepers' jobs, none.

    Args:
        config: the sweep's configuration, Hydra's own part included.
        words: the overrides of the sweep.
    """
    if not str(config.hydra.sweeper._target_).endswith("BasicSweeper"):
        return  # its jobs are not known beforehand
    parsed = OverridesParser.create().parse_overrides(list(words))
    for batch in BasicSweeper.split_arguments(parsed, max_batch_size=None):
        for job in batch:
            yield compose(config.hydra.job.config_name, overrides=list(job))


def sweep_name(name: str | None, words: Sequence[str], ignored: Iterable[str]) -> str:
    """Return the name given, or else one of the swept and the fixed settings.

    A sweep with more values has the same name, and so has one that differs in ignored settings only.

    >>> sweep_name(None, ["model=lstm,blstm", "corpus=sample", "seed=1,2", "paths.data=/data"], ["paths"])
    'model x seed (corpus=sample)'
    >>> sweep_name("table2", ["corpus=gm,jnlpba"], [])
    'table2'
    """
    if name:
        return name
    ignored = list(ignored)
    overrides = OverridesParser.create().parse_overrides(list(words))
    swept = sorted({override.key_or_group for override in overrides if override.is_sweep_override()})
    fixed = sorted(
        str(override.input_line)
        for override in overrides
        if not override.is_sweep_override() and not is_ignored(override.key_or_group, ignored)
    )
    return " x ".join(swept or ["one job"]) + (f" ({' '.join(fixed)})" if fixed else "")


def job_config(config: DictConfig, hydra_config: Any) -> DictConfig:
    """Return the configuration of a sweep's job, which resumes its run and takes its share of the cores.

    Args:
        config: as composed.
        hydra_config: Hydra's own, of this job.
    """
    with open_dict(config):
        config.resume = config.resume or AUTO
        if config.trainer.threads is None:
            config.trainer.threads = _threads(hydra_config.launcher)
    return config


def _mask_file(path: Path) -> None:
    """Mask user names and passwords of addresses in a text file, where there is one."""
    if path.is_file() and (text := path.read_text(encoding="utf-8")) != masked(text):
        write_lines(path, masked(text).splitlines())


def _threads(launcher: Any) -> int | None:
    if "SLURM_CPUS_PER_TASK" in os.environ:
        return int(os.environ["SLURM_CPUS_PER_TASK"])
    jobs = OmegaConf.select(launcher, "n_jobs")
    if jobs is None:
        return None
    cores = usable_cores()
    return max(1, cores // (jobs if jobs > 0 else cores))


def _params(config: DictConfig) -> list[str]:
    params = OmegaConf.select(config, "hydra.sweeper.params") or {}
    return [f"{key}={value}" for key, value in params.items()]
