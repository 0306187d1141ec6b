"""The time of the network's matrix products alone, every token's taken by itself, at a rate measured here and now."""

from __future__ import annotations

import statistics
import time

import torch

from contest.task import WIDTH, Task

CHARACTER_WIDTH, HIDDEN_WIDTH, PLACES, GATES, DIRECTIONS = 30, 60, 5, 4, 2


def gemm_rate(threads: int) -> float:
    """Floating point operations a second of the largest product, 512 windows with the input weights; median of 9."""
    torch.set_num_threads(threads)
    rows, inner, columns = 512, PLACES * (300 + CHARACTER_WIDTH), DIRECTIONS * GATES * WIDTH
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    rates = []
    for _ in range(10):
        began = time.perf_counter()
        for _ in range(8):
            left @ right
        rates.append(8 * 2 * rows * inner * columns / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def operations(task: Task, training: bool) -> float:
    """Floating point operations of the matrix products for one token, two for each product and sum.

    With gradients each product is taken twice more, once for each side, but for word vectors, which are frozen, and
    characters' first product, whose table is small. Attention is counted for every token's characters.
    """
    width, labels = task.vectors.shape[1], len(task.vocabulary.labels)
    tokens = [token for sentence in task.train for token in sentence.tokens]
    letters = sum(map(len, tokens)) / len(tokens)
    rows = DIRECTIONS * GATES * WIDTH
    words = PLACES * width * rows
    once = words  # weights' gradient only
    twice = (
        PLACES * CHARACTER_WIDTH * rows
        + WIDTH * rows
        + DIRECTIONS * WIDTH * WIDTH
        + WIDTH * labels
        + letters * (PLACES * CHARACTER_WIDTH * HIDDEN_WIDTH + HIDDEN_WIDTH * CHARACTER_WIDTH)
    )
    return 2 * ((2 * once + 3 * twice) if training else (once + twice))
