"""Hydra's multiruns as sweeps: a parent run in MLflow, and jobs that do what is not done yet."""

from __future__ import annotations

import atexit
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict

from bner.config.schema import AUTO
from bner.errors import BnerError, reported
from bner.masking import mask_log_messages, masked

_CARRIED_OUT = ("paths.", "tracking", "resume", "trainer.threads", "trainer.progress")


class Sweep(Callback):
    """Makes the store, the experiment and the sweep's parent run before the first job starts, wherever jobs run."""

    def __init__(self) -> None:
        self.done = False

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Ends the program with a sentence where the store cannot be opened."""
        from bner.tracking.store import tracking_uri
        from bner.tracking.sweeps import PARENT_VARIABLE, begin_sweep, end_sweep

        mask_log_messages()  # Hydra prints the words of each job
        tracking = config.tracking
        uri = tracking_uri(tracking.uri, Path(config.paths.mlruns))
        words = [*config.hydra.overrides.task, *_params(config)]
        name = sweep_name(tracking.sweep or tracking.table, words)
        tags = {"mlflow.note.content": f"A sweep: `python train.py -m {shlex.join(config.hydra.overrides.task)}`."}
        if tracking.table:
            tags["paper.table"] = tracking.table
        with reported():
            if config.trainer.strategy == "ddp":
                raise BnerError("trainer=ddp trains one run at a time: leave it out of a sweep.")
            parent = begin_sweep(uri, tracking.experiment, name, tags)
        os.environ[PARENT_VARIABLE] = parent

        def end() -> None:
            with reported():
                for line in end_sweep(uri, tracking.experiment, parent, self.done):
                    print(line)

        atexit.register(end)
        print(masked(f"sweep {name}: run {parent} in {uri}"), flush=True)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """All jobs have ended, and none by an error."""
        self.done = True


def sweep_name(name: str | None, words: Sequence[str]) -> str:
    """The name given, or else what is swept and what is fixed.

    A sweep with more values has the same name, and so has one that is carried out elsewhere or otherwise.

    >>> sweep_name(None, ["model=lstm,blstm", "corpus=sample", "seed=1,2", "paths.data=/data"])
    'model x seed (corpus=sample)'
    >>> sweep_name("table2", ["corpus=gm,jnlpba"])
    'table2'
    """
    if name:
        return name
    overrides = OverridesParser.create().parse_overrides(list(words))
    swept = sorted({override.key_or_group for override in overrides if override.is_sweep_override()})
    fixed = sorted(
        str(override.input_line)
        for override in overrides
        if not override.is_sweep_override() and not override.key_or_group.startswith(_CARRIED_OUT)
    )
    return " x ".join(swept or ["one job"]) + (f" ({' '.join(fixed)})" if fixed else "")


def job_config(config: DictConfig, hydra_config: Any) -> DictConfig:
    """The configuration as a job of a sweep has it: it goes on with its run, and takes its share of the cores.

    Args:
        config: as composed.
        hydra_config: Hydra's own, of this job.
    """
    with open_dict(config):
        config.resume = config.resume or AUTO
        if config.trainer.threads is None:
            config.trainer.threads = _threads(hydra_config.launcher)
    return config


def _threads(launcher: Any) -> int | None:
    if "SLURM_CPUS_PER_TASK" in os.environ:
        return int(os.environ["SLURM_CPUS_PER_TASK"])
    jobs = OmegaConf.select(launcher, "n_jobs")
    if jobs is None:
        return None
    cores = len(os.sched_getaffinity(0))
    return max(1, cores // (jobs if jobs > 0 else cores))


def _params(config: DictConfig) -> list[str]:
    params = OmegaConf.select(config, "hydra.sweeper.params") or {}
    return [f"{key}={value}" for key, value in params.items()]
