"""Gather and sum rows of a table, in forward and backward without one intermediate row per summand.

The product of a window of five with a weight matrix is the sum of five products, each of which depends on one word (or
character) only. They are computed once for each distinct word of a batch, then gathered and summed for its tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class _GatherSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        ctx.rows = len(table)
        return functional.embedding_bag(index, table, mode="sum")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (index,) = ctx.saved_tensors
        into = grad.new_zeros(ctx.rows, grad.shape[1])
        for column in index.unbind(1):
            into.index_add_(0, column, grad)
        return into, None


def gather_sum(table: Tensor, index: Tensor) -> Tensor:
    """Compute out[n] = sum_k table[index[n, k]].

    Args:
        table: (rows, D).
        index: row numbers, (n, k).

    Returns:
        (n, D). On a GPU the gradient's sums are atomic, and so not the same to the last bit from run to run.
    """
    out: Tensor = _GatherSum.apply(table, index)
    return out
