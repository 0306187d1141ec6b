"""The floor: the time of the network's matrix products alone, every token's computed by itself.

The rate of the products is measured in the same run.
"""

from __future__ import annotations

import statistics
import time

import torch

from comparison.task import CHARACTER_DIM, CHARACTER_HIDDEN_SIZE, HIDDEN_SIZE, WINDOW, WORD_DIM, Task

POSITIONS, GATES, DIRECTIONS = 2 * WINDOW + 1, 4, 2


def gemm_rate(threads: int) -> float:
    """Return floating point operations a second of the largest product, 512 windows with the input weights.

    The rate is the median of 9 measurements.
    """
    torch.set_num_threads(threads)
    rows, inner, columns = 512, POSITIONS * (WORD_DIM + CHARACTER_DIM), DIRECTIONS * GATES * HIDDEN_SIZE
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    rates = []
    for _ in range(10):
        began = time.perf_counter()
        for _ in range(8):
            left @ right
        rates.append(8 * 2 * rows * inner * columns / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def operations(task: Task, training: bool) -> float:
    """Return the floating point operations of the matrix products for one token, two for each product and sum.

    With gradients each product is computed twice more, once for each side, except for word vectors, which are frozen,
    and the characters' first product, whose table is small. Attention is counted for every token's characters.
    """
    dim, labels = task.vectors.shape[1], len(task.vocabulary.labels)
    tokens = [token for sentence in task.train for token in sentence.tokens]
    characters = sum(map(len, tokens)) / len(tokens)
    rows = DIRECTIONS * GATES * HIDDEN_SIZE
    once = POSITIONS * dim * rows  # the weights' gradient only
    twice = (
        POSITIONS * CHARACTER_DIM * rows
        + HIDDEN_SIZE * rows
        + DIRECTIONS * HIDDEN_SIZE * HIDDEN_SIZE
        + HIDDEN_SIZE * labels
        + characters * (POSITIONS * CHARACTER_DIM * CHARACTER_HIDDEN_SIZE + CHARACTER_HIDDEN_SIZE * CHARACTER_DIM)
    )
    return 2 * ((2 * once + 3 * twice) if training else (once + twice))
