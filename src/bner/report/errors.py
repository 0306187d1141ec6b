"""The error analysis of a tracked run, kept as artifacts of the run: tables, and a page with every error."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from bner.analysis.error_tables import ErrorTables
from bner.report.error_page import error_page
from bner.report.predictions import read_predictions
from bner.report.run_errors import RunErrors, analyse_errors
from bner.runtime.files import written_whole
from bner.tracking.artifacts import add_folder, artifact

PAGE, LIST = "errors/errors.html", "tables/error_list.csv"
_TABLES = {name: f"tables/{file}.csv" for name, file in
           (("categories", "errors"), ("confusions", "confusions"), ("summary", "error_summary"))}  # fmt: skip


def log_errors(uri: str, found: RunErrors) -> None:
    """Keep the tables and the page of a run's errors among its artifacts.

    Raises:
        BnerError: the store does not accept them.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for attribute, path in _TABLES.items():
            _write(folder / path, getattr(found.tables, attribute).to_csv(index=False))
        _write(folder / LIST, found.listing().to_csv(index=False))
        save_page(found, folder / PAGE)
        add_folder(uri, found.run.run_id, folder)


def error_tables(uri: str, run_id: str, data: Path | None = None) -> ErrorTables:
    """Return the error tables of a run from its artifacts; where it has none yet, compute and log them first.

    Args:
        uri: of the MLflow store.
        run_id: MLflow's identifier of the run.
        data: the data folder, where it is not the one that the run used.

    Raises:
        BnerError: see `read_predictions`.
    """
    try:
        return ErrorTables(**{attribute: _table(uri, run_id, path) for attribute, path in _TABLES.items()})
    except FileNotFoundError:
        return _computed(uri, run_id, data).tables


def error_list(uri: str, run_id: str, data: Path | None = None) -> pd.DataFrame:
    """Return all errors of a run, as `RunErrors.listing` has them; see `error_tables`."""
    try:
        return _table(uri, run_id, LIST)
    except FileNotFoundError:
        return _computed(uri, run_id, data).listing()


def save_page(found: RunErrors, path: Path) -> None:
    """Write the HTML page of a run's errors, the whole file or nothing.

    Raises:
        BnerError: the folder cannot be written to, or the disk is full.
    """
    _write(path, error_page(found))


def _computed(uri: str, run_id: str, data: Path | None) -> RunErrors:
    found = analyse_errors(read_predictions(uri, run_id, data))
    log_errors(uri, found)
    return found


def _write(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _table(uri: str, run_id: str, path: str) -> pd.DataFrame:
    with artifact(uri, run_id, path) as file:
        return pd.read_csv(file, keep_default_na=False, na_values={"share": "", "fp_share": "", "fn_share": ""})
