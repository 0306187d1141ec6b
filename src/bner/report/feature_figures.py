"""Figures 3 and 4: heat maps of the features of tokens before the CRF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bner.analysis.features import TOKEN_COLUMNS, WORD, contexts, cosine_similarities, occurrences
from bner.errors import BnerError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS: dict[str, Any] = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1, "aspect": "auto", "interpolation": "nearest"}
_RANGE = "feature, tanh"  # between -1 and 1


def figure3(table: pd.DataFrame) -> Figure:
    """Draw a heat map of each sentence's context: a column for each token, a row for each dimension.

    Tokens of predicted mentions have their labels. The contexts are the paper's where the table has its sentences, and
    whole sentences else.

    Args:
        table: of features, see `bner.analysis.features`.
    """
    from matplotlib.figure import Figure

    shown = list(contexts(table))
    widths = [len(context) for context in shown]
    figure = Figure(figsize=(1.5 + 0.42 * (sum(widths) + len(widths)), 6), layout="constrained")
    for number, (context, axes) in enumerate(
        zip(shown, figure.subplots(1, len(shown), width_ratios=widths, squeeze=False)[0], strict=True), start=1
    ):
        image = _heat_map(axes, context.drop(columns=list(TOKEN_COLUMNS)).T)
        axes.set_xticks(range(len(context)), list(map(_tick, context["token"], context["predicted"])), rotation=90)
        axes.set_title(f"sentence {number}", fontsize=10)
    figure.axes[0].set_ylabel("dimension")
    figure.colorbar(image, ax=figure.axes, label=_RANGE)
    return figure


def figure4(table: pd.DataFrame, word: str = WORD) -> Figure:
    """Draw the features of each occurrence of a word side by side, with the cosine similarity of each pair beneath.

    Args:
        table: of features, see `bner.analysis.features`.
        word: that occurs at least twice in what figure 3 shows; case is ignored.

    Raises:
        BnerError: the word occurs less than twice.
    """
    from matplotlib.figure import Figure

    columns = occurrences(table, word)
    if columns.shape[1] < 2:
        raise BnerError(f"'{word}' occurs {columns.shape[1]} times in these sentences: name a word that comes twice.")
    names, similar = list(columns.columns), cosine_similarities(columns)
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    written = [f"cos({one}, {other}) = {similar[one][other]:.2f}" for one, other in pairs]
    figure = Figure(figsize=(max(3.5, 1 + len(names)), 6 + 0.2 * len(written)), layout="constrained")
    axes = figure.subplots()
    image = _heat_map(axes, columns)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("dimension")
    axes.set_xlabel("\n".join(written))
    figure.colorbar(image, ax=axes, label=_RANGE)
    return figure


def _heat_map(axes: Any, columns: pd.DataFrame) -> Any:
    dimensions, tokens = columns.shape
    return axes.imshow(columns, extent=(-0.5, tokens - 0.5, dimensions + 0.5, 0.5), **_COLOURS)  # dimensions from 1


def _tick(token: str, label: str) -> str:
    return token if label == "O" else f"{token}  {label}"
