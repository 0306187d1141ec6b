"""The variants of a sweep ranked by their mean dev F1 over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from bner.tracking.tags import CORPUS, SWEEPS, VARIANT

RANKING = "tables/ranking.csv"
COLUMNS = (
    "corpus", "variant", "seeds", "dev_f1_mean", "dev_f1_std", "test_official_f1_mean", "test_official_f1_std"
)  # fmt: skip
_HEADER = ("variant", "seeds", "dev F1", "test official F1")


def ranking(client: MlflowClient, experiment_id: str, parent: str) -> pd.DataFrame:
    """Rank the variants of a sweep, best mean dev F1 first within each corpus.

    Args:
        client: of the store.
        experiment_id: of the sweep.
        parent: the sweep's parent run.

    Returns:
        One row a variant with the columns `COLUMNS`; scores are fractions, NaN where runs are not scored on test,
        deviations those of a sample (n - 1), NaN for one seed. Only finished runs count, of several with one seed the
        latest.
    """
    runs: list[Run] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], f"tags.`{SWEEPS}` LIKE '%{parent}%'", page_token=token)
        runs += page
        token = page.token
        if not token:
            return ranked(runs)


def ranked(runs: Iterable[Run]) -> pd.DataFrame:
    """Rank runs given with the latest first; see `ranking`."""
    rows = [
        {
            "corpus": run.data.tags[CORPUS],
            "variant": run.data.tags[VARIANT],
            "seed": run.data.params["seed"],
            "dev_f1": run.data.metrics["dev/best_f1"],
            "test_official_f1": run.data.metrics.get("test/official_f1", float("nan")),
        }
        for run in runs
        if run.info.status == "FINISHED"
    ]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    groups = pd.DataFrame(rows).drop_duplicates(["variant", "seed"]).groupby(["corpus", "variant"])
    table = groups.agg(
        seeds=("seed", "size"),
        dev_f1_mean=("dev_f1", "mean"),
        dev_f1_std=("dev_f1", "std"),
        test_official_f1_mean=("test_official_f1", "mean"),
        test_official_f1_std=("test_official_f1", "std"),
    )
    order = ["corpus", "dev_f1_mean", "variant"]
    return table.reset_index().sort_values(order, ascending=[True, False, True], ignore_index=True)[list(COLUMNS)]


def markdown(table: pd.DataFrame) -> str:
    """Format a ranking in Markdown, one table a corpus."""
    parts = []
    for corpus, rows in table.groupby("corpus"):
        lines = [f"| {' | '.join(cells)} |" for cells in (_HEADER, ("---", "---:", "---:", "---:"), *_cells(rows))]
        parts.append("\n".join([f"**{corpus}**, by mean dev F1 over seeds (± sample standard deviation):", "", *lines]))
    return "\n\n".join(parts)


def text_lines(table: pd.DataFrame) -> list[str]:
    """Format a ranking for the terminal, one block a corpus."""
    lines = []
    for corpus, rows in table.groupby("corpus"):
        cells = [_HEADER, *_cells(rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
        lines.append(f"{corpus}, by mean dev F1 over seeds (± sample standard deviation):")
        for row in cells:
            first, *others = (cell.ljust(widths[0]) if not i else cell.rjust(widths[i]) for i, cell in enumerate(row))
            lines.append("  " + "  ".join([first, *others]).rstrip())
    return lines


def _cells(rows: pd.DataFrame) -> Sequence[tuple[str, ...]]:
    columns = (rows[name].tolist() for name in COLUMNS[1:])
    return [
        (variant, str(seeds), _with_deviation(dev, dev_std), _with_deviation(test, test_std))
        for variant, seeds, dev, dev_std, test, test_std in zip(*columns, strict=True)
    ]


def _with_deviation(mean: float, deviation: float) -> str:
    if pd.isna(mean):  # of runs that are not scored on test
        return "-"
    return f"{mean:.4f}" + ("" if pd.isna(deviation) else f" ± {deviation:.4f}")
