"""The predictions of a run as artifacts, with a beginning that the MLflow UI can show."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from bner.runtime.files import read_lines
from bner.tracking.runs import TrackedRun

FOLDER = "predictions"
_PREVIEW = f"{FOLDER}/preview.txt"  # the UI shows files by their extension, and knows neither .eval nor .iob2
_LINES = 500


def log_predictions(run: TrackedRun, path: Path) -> None:
    """Upload a file of predictions, and its first lines as a text that the MLflow UI shows.

    Args:
        run: the run.
        path: the file, in the format of its corpus.

    Raises:
        BnerError: the store has not answered for the time that the run waits for it.
    """
    run.log_file(path, FOLDER)
    lines = [line for _, line in islice(read_lines(path), _LINES + 1)]
    title = f"{path.name}, the first {_LINES} lines:" if len(lines) > _LINES else f"{path.name}:"
    run.log_text("\n".join([title, "", *lines[:_LINES], ""]), _PREVIEW)
