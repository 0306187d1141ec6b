"""Scores of resampled counts: F1 of many weighted sums of counts by sentence at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""True positives, false positives and false negatives of each sentence, (S, 3)."""

_BLOCK = 1 << 19  # weights that are made at once: few enough for the processor's cache


def f1_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute F1 = 2 TP / (2 TP + FP + FN) of sums (..., 3), 0 where there is nothing to find and nothing found."""
    tp = 2.0 * sums[..., 0]
    total = tp + sums[..., 1] + sums[..., 2]
    return np.divide(tp, total, out=np.zeros_like(tp), where=total > 0)


def blocks(resamples: int, size: int) -> Iterator[int]:
    """Yield how many resamples of `size` weights are made at once, in bounded memory.

    >>> list(blocks(5, 1 << 18))
    [2, 2, 1]
    """
    most = max(1, _BLOCK // max(size, 1))
    while resamples > 0:
        yield min(most, resamples)
        resamples -= most


def swaps(rng: np.random.Generator, resamples: int, size: int) -> NDArray[np.float32]:
    """Draw for each resample and sentence whether it is swapped, 0 or 1 with the same probability, (R, S)."""
    packed = rng.integers(0, 256, (resamples, -(-size // 8)), dtype=np.uint8)
    return np.unpackbits(packed, axis=1, count=size).astype(np.float32)


def bootstrap_weights(rng: np.random.Generator, resamples: int, size: int) -> NDArray[np.float32]:
    """Draw for each resample how often each of `size` sentences is drawn with replacement, (R, S)."""
    drawn = rng.integers(0, size, (resamples, size), dtype=np.int32)
    drawn += np.arange(resamples, dtype=np.int32)[:, None] * np.int32(size)
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size).astype(np.float32)


def canonical(*counts: Counts) -> list[Counts]:
    """Sort the sentences of several taggers by their counts, so that no result depends on the order of a corpus."""
    order = np.lexsort(np.concatenate(counts, axis=1).T)
    return [each[order] for each in counts]
