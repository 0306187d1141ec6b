"""Batches of sentences of similar length with about as many tokens each."""

from __future__ import annotations

from torch import Tensor

_POOL = 50  # batches whose sentences are sorted by length together


def token_batches(lengths: Tensor, tokens: int, order: Tensor) -> list[Tensor]:
    """Cut sentences into batches; none is larger than `tokens` unless by its last sentence.

    Args:
        lengths: tokens of each sentence of the text, (sentences,).
        tokens: of a batch.
        order: the sentences in the order in which they are gathered into pools; within a pool, length decides.

    >>> import torch
    >>> [part.tolist() for part in token_batches(torch.tensor([3, 1, 2, 2]), 4, torch.tensor([0, 1, 2, 3]))]
    [[1, 2], [3, 0]]
    """
    mean = max(1, int(lengths.float().mean()))
    batches: list[Tensor] = []
    for pool in order.split(max(1, _POOL * tokens // mean)):
        chosen = pool[lengths[pool].argsort(stable=True)]
        number = (lengths[chosen].cumsum(0) - 1) // tokens
        batches += chosen.split(number.unique_consecutive(return_counts=True)[1].tolist())
    return batches
