"""The corpora that runs were trained on, with their dev splits, from the runs' own configurations."""

from __future__ import annotations

from pathlib import Path

from bner.config.stored import read_stored_corpus
from bner.corpora.corpus import Corpus
from bner.corpora.split import Split
from bner.report.cells import Results
from bner.tracking.artifacts import read_config


def run_corpora(results: Results, data: Path | None) -> dict[str, tuple[Corpus, Split]]:
    """Read the corpora of the finished runs, each by the configuration of its first run.

    Args:
        results: the finished runs.
        data: the data folder; None is the one of each run.

    Raises:
        BnerError: a run has no configuration, or the files of a corpus are missing.
    """
    found = {}
    for corpus in results.corpora:
        run = next(run for (name, _), cell in results.cells.items() if name == corpus for run in cell.runs)
        text = read_config(results.uri, run.run_id, f"run {run.run_id} ({run.name})")
        config = read_stored_corpus(text, run.name, data)
        read = config.build()
        found[corpus] = (read, config.split(read))
    return found
