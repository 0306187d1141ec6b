"""The trials of a search in its parent run and on the terminal."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from bner.tracking.store import open_store, tracking_uri
from bner.tracking.sweeps import begin_sweep, end_sweep
from bner.tracking.trials import COLUMNS, TRIALS, log_trials, text_lines

TABLE = pd.DataFrame(
    [(3, "complete", 0.81, 10, "model.layers=2", "abc"), (0, "pruned", 0.5, 4, "model.layers=1", None)],
    columns=list(COLUMNS),
)


def test_the_parent_run_has_the_trials(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    parent = begin_sweep(uri, "bner", "mine", {"mlflow.note.content": "A sweep: `python train.py -m`."})
    for count in (1, 2):  # the table of a later batch replaces the earlier one
        shares = {"model.layers": 0.75, "char": 0.25}
        log_trials(uri, "bner", parent, TABLE.head(count), shares, "python train.py -m x=1")
    client, _ = open_store(uri, "bner")
    note = client.get_run(parent).data.tags["mlflow.note.content"]
    assert note.startswith("**2 trials, 1 of them pruned**, the best by dev F1:")
    assert "| 3 | 0.8100 | complete | `model.layers=2` |\n| 0 | 0.5000 | pruned | `model.layers=1` |" in note
    assert "model.layers 75%, char 25%" in note
    assert "`python train.py -m x=1`" in note
    assert note.endswith("A sweep: `python train.py -m`.")
    assert note.count("complete") == 1
    with (tmp_path / "artifacts" / parent / "artifacts" / TRIALS).open() as file:
        assert [row["trial"] for row in csv.DictReader(file)] == ["3", "0"]
    (line,) = end_sweep(uri, "bner", parent, done=True, ranked=False)
    assert line.startswith(f"sweep {parent}: ")
    assert client.get_run(parent).data.tags["mlflow.note.content"] == note


def test_no_trial_yet() -> None:
    assert text_lines(TABLE.head(0), {}, None) == ["0 trials, 0 of them pruned, the best by dev F1:"]
