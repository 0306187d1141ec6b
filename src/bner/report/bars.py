"""Figure 2: F1 with and without characters, as bars with the spread over seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure2(frame: pd.DataFrame) -> Figure:
    """Draw official F1 of each model with and without characters, one panel a corpus.

    Bars are means over seeds, whiskers a sample standard deviation. A missing cell has no bar and is labelled so.

    Args:
        frame: the filled rows of Figure 2 on every corpus, see `bner.report.filled.frame`.
    """
    from matplotlib.figure import Figure

    corpora = list(frame["corpus"].unique())
    figure = Figure(figsize=(4.2 * len(corpora), 3.6), layout="constrained")
    for axes, corpus in zip(figure.subplots(1, len(corpora), squeeze=False)[0], corpora, strict=True):
        rows = frame[frame["corpus"] == corpus]
        models = list(rows["model"].unique())
        known = rows["f1"].dropna()
        bottom = 100 * known.min() - 3 if len(known) else 0
        for shift, colour, label, chosen in (
            (-0.2, "tab:gray", "without characters", rows[rows["char"] == "nochar"]),
            (0.2, "tab:blue", "with characters", rows[rows["char"] != "nochar"]),
        ):
            places = [models.index(model) + shift for model in chosen["model"]]
            heights = 100 * chosen["f1"]
            axes.bar(
                places, heights - bottom, 0.38, bottom, color=colour, label=label,
                yerr=100 * chosen["f1_deviation"].fillna(0), capsize=3,
            )  # fmt: skip
            for place, height in zip(places, heights, strict=True):
                said, level = ("missing", bottom) if pd.isna(height) else (f"{height:.2f}", height)
                axes.annotate(said, (place, level), (0, 3), textcoords="offset points", ha="center", fontsize=8)
        axes.set_xticks(range(len(models)), [model.upper() for model in models])
        axes.set_ylabel("official F1, %")
        axes.set_title(corpus)
        axes.margins(y=0.2)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure
