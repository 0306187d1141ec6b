"""The trials of a search in the note and the artifacts of its parent run, and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bner.masking import masked
from bner.tracking.store import open_store
from bner.tracking.store_errors import store_errors
from bner.tracking.sweeps import note_table

TRIALS = "tables/trials.csv"
COLUMNS = ("trial", "state", "dev_f1", "epochs", "settings", "run")
_SHOWN = 10  # of the best trials


def log_trials(
    uri: str, experiment: str, parent: str, trials: pd.DataFrame, importances: Mapping[str, float], command: str | None
) -> None:
    """Write the trials so far into the search's parent run: the best into its note, all into `tables/trials.csv`.

    Args:
        uri: of the MLflow store.
        experiment: its name.
        parent: the search's parent run.
        trials: with `COLUMNS`, the best first.
        importances: shares of the settings in the variance of the dev F1, where they are known.
        command: that trains the best trial's settings.

    Raises:
        BnerError: the store does not accept it.
    """
    client, _ = open_store(uri, experiment)
    with store_errors(uri, "does not accept the trials of the search"):
        note_table(client, parent, masked(markdown(trials, importances, command)), trials, TRIALS)


def markdown(trials: pd.DataFrame, importances: Mapping[str, float], command: str | None) -> str:
    """Format the best trials, the importance of the settings and the command in Markdown; see `log_trials`."""
    lines = [f"**{_counted(trials)}**, the best by dev F1:", "", "| trial | dev F1 | state | settings |"]
    lines += ["|---:|---:|---|---|"]
    lines += [
        f"| {row.trial} | {row.dev_f1:.4f} | {row.state} | `{row.settings}` |"
        for row in trials.head(_SHOWN).itertuples()
    ]
    if importances:
        lines += ["", f"Importance (share of the differences in dev F1): {_shares(importances)}."]
    if command:
        lines += ["", f"The best settings, with three seeds: `{command}`"]
    return "\n".join(lines)


def text_lines(trials: pd.DataFrame, importances: Mapping[str, float], command: str | None) -> list[str]:
    """Format the same for the terminal."""
    lines = [f"{_counted(trials)}, the best by dev F1:"]
    lines += [
        f"  trial {row.trial:>3}  {row.dev_f1:.4f}  {row.state:<8}  {row.settings}"
        for row in trials.head(_SHOWN).itertuples()
    ]
    if importances:
        lines.append(f"importance: {_shares(importances)}")
    if command:
        lines.append(f"train the best with three seeds: {command}")
    return lines


def _counted(trials: pd.DataFrame) -> str:
    pruned = int((trials["state"] == "pruned").sum())
    return f"{len(trials)} trial{'s' * (len(trials) != 1)}, {pruned} of them pruned"


def _shares(importances: Mapping[str, float]) -> str:
    return ", ".join(f"{key} {value:.0%}" for key, value in importances.items())
