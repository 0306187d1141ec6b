"""How much the runs of one variant differ beyond what their sentences explain: the part of F1 that is the seed's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bner.analysis.counts import Counts, f1_of


def seed_deviations(runs: Sequence[Counts]) -> NDArray[np.float64]:
    """Compute for each run of a variant by how much its F1 differs from their mean because of its seed.

    Runs differ for two reasons: a seed makes a whole run better or worse, and each run errs in sentences of its own.
    The second part is there in a run of any seed and shrinks with the number of sentences; resampling sentences
    accounts for it, and to draw runs as they are would count it twice. Its variance is that of the sentences' influence
    on F1 among the runs, summed over the sentences (the infinitesimal jackknife: Efron 1982, chapter 6). The deviations
    are shrunk to the variance that remains, so that a mean over as many draws as there are runs, with replacement, has
    the variance of the mean F1 of runs with new seeds.

    Args:
        runs: counts by sentence of each run, (S, 3) each.

    Returns:
        A deviation a run, (runs,), all 0 for a single run and where sentences explain all of the difference.
    """
    number = len(runs)
    counts = np.stack(runs).astype(np.float64)  # (runs, S, 3)
    sums = counts.sum(1)
    scores = f1_of(sums)
    total = float(((scores - scores.mean()) ** 2).sum()) / max(number - 1, 1)
    if total == 0:
        return np.zeros(number)
    sizes = 2 * counts[..., 0] + counts[..., 1] + counts[..., 2]
    influences = (2 * counts[..., 0] - scores[:, None] * sizes) / np.maximum(sizes.sum(1), 1)[:, None]
    by_sentences = float(influences.var(axis=0, ddof=1).sum())
    remaining = max(0.0, total - by_sentences)
    return np.asarray((scores - scores.mean()) * np.sqrt(remaining / total * number / (number - 1)))


def drawn_deviations(
    rng: np.random.Generator, first: Sequence[Counts], second: Sequence[Counts], resamples: int
) -> NDArray[np.float64]:
    """Draw runs of both variants with replacement: by how much that changes the difference of mean F1, (resamples,)."""
    change = np.zeros(resamples)
    for sign, runs in ((-1, first), (1, second)):
        deviations = seed_deviations(runs)
        if deviations.any():
            change += sign * deviations[rng.integers(0, len(runs), (resamples, len(runs)))].mean(1)
    return change
