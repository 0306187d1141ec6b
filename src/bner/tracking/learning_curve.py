"""The figure of a run's training loss and dev scores by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bner.runtime.files import written_whole
from bner.tracking.runs import TrackedRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DEV = {"dev/f1": "tab:blue", "dev/precision": "tab:orange", "dev/recall": "tab:green"}
_LOSS = "train/loss"


def save_learning_curve(run: TrackedRun, path: Path) -> None:
    """Draw the learning curve of a run as PNG, from the metrics that MLflow has of it."""
    histories = {name: [value for _, value in run.history(name)] for name in (_LOSS, *_DEV)}
    figure = learning_curve(run.name, histories)
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def learning_curve(title: str, histories: Mapping[str, Sequence[float]]) -> Figure:
    """Plot loss (left axis) and dev scores (right axis) by epoch, the epoch with the best dev F1 marked.

    Args:
        title: above the plot.
        histories: the values of `train/loss`, `dev/f1`, `dev/precision` and `dev/recall`, one for each epoch.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    left = figure.add_subplot()
    left.set_title(title, fontsize=9, wrap=True)
    left.set_xlabel("epoch")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set_ylabel("training loss (nats per sentence)")
    right = left.twinx()
    right.set_ylabel("dev score (fraction)")

    loss = histories[_LOSS]
    handles = left.plot(range(1, len(loss) + 1), loss, color="tab:gray", marker=".", label="training loss")
    for name, color in _DEV.items():
        values = histories[name]
        label = f"dev {name.removeprefix('dev/').replace('f1', 'F1')}"
        handles += right.plot(range(1, len(values) + 1), values, color=color, marker=".", label=label)
    f1 = histories["dev/f1"]
    if f1:
        best = max(range(len(f1)), key=f1.__getitem__)  # the first of equals, as the checkpoint is
        label = f"best epoch {best + 1}: dev F1 {f1[best]:.4f}"
        right.axvline(best + 1, color="black", linestyle=":", linewidth=1)
        handles += right.plot([best + 1], [f1[best]], "*", color="black", markersize=12, label=label)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure
