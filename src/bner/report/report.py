"""`bner report`: every table, figure and claim of the paper from tracked runs, into a folder and a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bner.errors import BnerError
from bner.report.cells import Results, Variant
from bner.report.claims import Claim, judge
from bner.report.claims_text import claims_document, claims_table
from bner.report.document import Section, write_document
from bner.report.filled import by_baseline, fill
from bner.report.heading import heading
from bner.report.paper import GM, JNLPBA
from bner.report.run_corpora import run_corpora
from bner.report.sections import (
    comparison_section,
    errors_section,
    features_section,
    missing_commands,
    runs_section,
    statistics_section,
    systems_section,
)
from bner.report.significance_runs import track
from bner.report.tables import tables
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore

EXPERIMENT = "bner-reports"
NAME, CLAIMS = "report.md", "claims.md"


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Attributes:
        files: of the folder.
        run_id: of the report's own run.
        claims: the paper's claims with their verdicts.
        missing: the commands that fill the missing cells.
    """

    files: tuple[Path, ...]
    run_id: str
    claims: tuple[Claim, ...]
    missing: tuple[str, ...]


def write_report(
    uri: str,
    experiment: str,
    folder: Path,
    mlruns: Path,
    *,
    data: Path | None = None,
    baseline: str | None = None,
    resamples: int = 10_000,
    seed: int = 1,
    said: Callable[[str], None] = lambda _: None,
) -> Report:
    """Write the report of an experiment into a folder, and track it and its tests of significance.

    Args:
        uri: of the MLflow store.
        experiment: with the runs.
        folder: for the files.
        mlruns: the folder beside a local store, where metrics wait for a server that does not answer.
        data: the data folder, for the corpora and vectors; None is the one of each run.
        baseline: the variant that tables compare with, see `Results.base`.
        resamples: of the bootstraps.
        seed: of the resamples.
        said: is told what is being done.

    Raises:
        BnerError: there are no finished runs, one of them lacks counts or predictions, a corpus is missing, or a file
            cannot be written.
    """
    results = Results(uri, experiment)
    base = results.base(baseline)
    said("corpora")
    sections = [statistics_section(run_corpora(results, data))]
    comparisons = []
    for table in tables(results, base):
        said(table.title)
        filled = {corpus: fill(results, table, corpus, resamples, seed) for corpus in results.corpora}
        sections.append(comparison_section(table, filled))
        comparisons += [each for rows in filled.values() for each in by_baseline(rows)]
    for number, corpus in ((5, GM), (6, JNLPBA)):
        section = systems_section(results, base, corpus, number)
        sections += [section] if section and corpus in results.corpora else []
    said("errors")
    sections.append(errors_section(results, base, data))
    said("features")
    sections.append(_features(results, base, data))
    said("claims")
    claims = judge(results, base, data, resamples, seed)
    sections += [Section("Claims", f"See [{CLAIMS}]({CLAIMS}).", {"claims": claims_table(claims)})]
    sections.append(runs_section(results))
    files = write_document(folder, NAME, heading(results, base, resamples), sections)
    files += write_document(folder, CLAIMS, claims_document(claims), [])
    said("tests of significance")
    for comparison in comparisons:
        track(comparison, uri, mlruns / "checkpoints")
    run_id = _track(results, base, files, folder, mlruns)
    return Report(tuple(files), run_id, tuple(claims), tuple(missing_commands(sections)))


def _features(results: Results, base: Variant, data: Path | None) -> Section:
    """Return the figures of features, or why there are none: they need a run's weights and the file of its vectors."""
    try:
        return features_section(results, base, data)
    except BnerError as error:
        return Section("Figures 3 and 4: features before the CRF", f"Missing: {error}")


def _track(results: Results, base: Variant, files: list[Path], folder: Path, mlruns: Path) -> str:
    store = RunStore(results.uri, EXPERIMENT, mlruns / "checkpoints")
    params = {"experiment": results.experiment, "baseline": str(base), "settings": base.settings}
    run = begin_run(store, f"report on {results.experiment}", params, {"kind": "report"}, "bner report")
    with run.recording(system_metrics=False):
        for path in files:
            parent = path.parent.relative_to(folder)
            run.log_file(path, "report" if parent == Path() else f"report/{parent}")
        run.log_metrics({"runs": float(sum(len(cell.runs) for cell in results.cells.values()))})
    return run.id
