"""The logarithm of a sum over many words of exp(state . vector + offset), with a written-out gradient.

It is most of a sampled softmax. The matrix of products, states by words, is large: here it is turned in place into what
the gradient needs, a part at a time, where autograd would keep several such matrices and pass over each of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_ROWS = 256  # states at a time, whose products stay in the processor's cache


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, vectors: Tensor, offsets: Tensor, left_out: Tensor) -> Tensor:
        exps = states.new_empty(len(states), len(vectors))
        sums, tops = offsets.new_empty(len(states)), offsets.new_empty(len(states), 1)
        transposed = vectors.T.contiguous()
        each = [tensor.split(_ROWS) for tensor in (states, left_out, exps, sums, tops)]
        for some, without, into, total, top in zip(*each, strict=True):
            products = (some @ transposed) + offsets
            rows = torch.nonzero(without >= 0)[:, 0]
            products[rows, without[rows]] = -torch.inf
            torch.amax(products, 1, keepdim=True, out=top)
            top.clamp_(min=-1e30)  # where every product is left out, for which the result is -inf
            torch.sum(products.sub_(top).exp_(), 1, out=total)
            into.copy_(products)
        ctx.save_for_backward(exps, sums, states, vectors)
        return sums.log() + tops[:, 0]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        exps, sums, states, vectors = ctx.saved_tensors
        # The factor of a row's exps goes to the smaller matrices.
        factor = (grad / sums.clamp(min=1e-30))[:, None]
        by_state = torch.cat([states * factor, factor], 1).to(exps.dtype)
        by_word = (exps.T @ by_state).to(factor.dtype)
        return ((exps @ vectors) * factor).to(states.dtype), by_word[:, :-1].to(vectors.dtype), by_word[:, -1], None


def log_sum_exp(states: Tensor, vectors: Tensor, offsets: Tensor, left_out: Tensor) -> Tensor:
    """Compute log sum_k exp(states_n . vectors_k + offsets_k), one k left out for each n.

    Args:
        states: (n, D), of 16 or 32 bits.
        vectors: (K, D), at least two, of the same type.
        offsets: (K,), of 32 bits.
        left_out: the k that is left out, -1 for none, (n,).

    Returns:
        (n,), of 32 bits.
    """
    out: Tensor = _LogSumExp.apply(states, vectors, offsets, left_out)
    return out
