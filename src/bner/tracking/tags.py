"""The tags of runs: which program and commit made them, which variant they are, which sweep they belong to."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bner.config.schema import AnySettings, Settings
from bner.runtime.machine import machine_class
from bner.tracking.names import command, describe, differences, variant_name

TABLE, KEY = "paper.table", "variant.key"
PARENT, NOTE = "mlflow.parentRunId", "mlflow.note.content"  # by which MLflow nests runs and describes them
SWEEPS = "sweep.runs"  # the parent runs of all sweeps that need a run; the first of them is its parent
COMMAND, MACHINE = "command", "machine"  # that repeats the run; that it began on
STUDY, TRIAL, STATE = "trial.study", "trial.number", "trial.state"  # of the trials of a search
PRUNED, COMPLETE = "pruned", "complete"  # values of `STATE`
CORPUS, VARIANT, SETTINGS = "variant.corpus", "variant.name", "settings.sha256"
COMMIT = "git.commit"


def run_tags(settings: Settings, parent: str | None, overrides: Sequence[str]) -> dict[str, str]:
    """Return the tags of a new run, except the hashes of its data.

    Args:
        settings: the configuration.
        parent: the parent run of the sweep that it belongs to.
        overrides: the words of the command line.
    """
    origin = origin_tags(settings, parent)
    described = {
        COMMAND: command(settings, overrides),
        NOTE: describe(settings, overrides, origin[COMMIT]),
    }
    return origin | variant_tags(settings, overrides) | trial_tags(settings) | described


def origin_tags(settings: AnySettings, parent: str | None = None) -> dict[str, str]:
    """Return the tags of the commit, the machine, the table of the paper, and the sweep of a run; see `run_tags`."""
    tags = {COMMIT: git_commit(), MACHINE: machine_class()}
    if settings.tracking.table:
        tags[TABLE] = settings.tracking.table
    return tags | ({PARENT: parent, SWEEPS: parent} if parent else {})


def trial_tags(settings: Settings, state: str | None = None) -> dict[str, str]:
    """Return the tags that say of which search the run is a trial, none for another run.

    Args:
        settings: the configuration.
        state: how the trial ended; None where it has not.
    """
    study, trial = settings.tracking.study, settings.tracking.trial
    if study is None or trial is None:
        return {}
    return {STUDY: study, TRIAL: str(trial), STATE: state or "running"}


def variant_tags(settings: Settings, overrides: Sequence[str]) -> dict[str, str]:
    """Return a tag for each axis of the paper, one for the other settings, and the variant's name."""
    return {
        CORPUS: settings.corpus.name,
        "variant.model": settings.model.name,
        "variant.embedding": settings.embedding.label,
        "variant.vectors": "tuned" if settings.embedding.finetune else "frozen",
        "variant.char": settings.char.name if settings.char.name != "none" else "nochar",
        "variant.decoder": settings.decoder.name,
        **({"variant.context": settings.context.label} if settings.context.label else {}),
        "variant.settings": " ".join(each.label for each in differences(settings, overrides)) or "default",
        VARIANT: variant_name(settings, overrides),
    }


def source_tags(program: str) -> dict[str, str]:
    """Return MLflow's standard tags of a run's source and user.

    Args:
        program: the program that makes the run, as in `train.py`.
    """
    tags = {"mlflow.source.name": program, "mlflow.source.type": "LOCAL", "mlflow.user": _user()}
    commit = git_commit().removesuffix("-dirty")
    return tags | ({"mlflow.source.git.commit": commit} if commit != "unknown" else {})


def git_commit() -> str:
    """Return the commit of this code, with `-dirty` where files differ from it, or `unknown` outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # a user identifier without a name, as in some containers
        return "unknown"
