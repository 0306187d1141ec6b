"""A linear-chain CRF (Lafferty et al. 2001) with transition scores only: no start or end scores, nothing forbidden.

The score of a path y is sum_t f[t, y_t] + sum_t>0 A[y_t-1, y_t] (Lyu et al. 2017, eq. for S).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bner.model.sequences import mask, reverse

_SMALLEST = torch.finfo(torch.float32).tiny


class _LogPartition(torch.autograd.Function):
    """log Z by the forward algorithm; its gradient are the marginals, by forward-backward.

    alpha_t(k) sums over the paths that end at t in k; gamma_t(k) over those that begin there, f[t, k] included in both.
    Read from the end of each sentence, gamma obeys alpha's recursion with A transposed, so that one loop runs both.
    """

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
        with_gradient = any(ctx.needs_input_grad)
        chains = emissions.transpose(0, 1)[None]  # (1, T, B, K)
        factors = transitions.exp()[None]
        if with_gradient:
            chains = torch.cat([chains, reverse(emissions, lengths).transpose(0, 1)[None]])
            factors = torch.cat([factors, factors.transpose(1, 2)])
        sums = _forward(chains, factors)  # (1 or 2, T, B, K)
        last = (lengths - 1)[:, None, None].expand(-1, 1, emissions.shape[2])
        log_z = sums[0].transpose(0, 1).gather(1, last).squeeze(1).logsumexp(1)
        if with_gradient:
            alpha = sums[0].transpose(0, 1)
            gamma = reverse(sums[1].transpose(0, 1), lengths)
            ctx.save_for_backward(emissions, transitions, lengths, alpha, gamma, log_z)
        return log_z

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        emissions, transitions, lengths, alpha, gamma, log_z = ctx.saved_tensors
        inside = mask(lengths, emissions.shape[1])[..., None]
        marginals = torch.where(inside, torch.exp(alpha + gamma - emissions - log_z[:, None, None]), 0)
        # P(y_t-1 = j, y_t = k) = exp(alpha_t-1(j) + A_jk + gamma_t(k) - log Z), summed over t in one product.
        left, right = alpha[:, :-1], gamma[:, 1:]
        left_top, right_top = left.amax(2, keepdim=True), right.amax(2, keepdim=True)
        scale = torch.exp(left_top + right_top - log_z[:, None, None])
        scale = torch.where(inside[:, 1:], scale, 0) * grad[:, None, None]
        pairs = torch.exp(left - left_top).flatten(0, 1).T @ (torch.exp(right - right_top) * scale).flatten(0, 1)
        return marginals * grad[:, None, None], pairs * transitions.exp(), None


def _forward(chains: Tensor, factors: Tensor) -> Tensor:
    """a_0 = e_0, a_t = e_t + log(exp(a_t-1) factors), kept in range by the largest value of each row.

    Args:
        chains: emissions of several chains, (N, T, B, K).
        factors: exp of the transition scores, (N, K, K).

    Returns:
        (N, T, B, K).
    """
    sums = torch.empty_like(chains)
    sums[:, 0] = chains[:, 0]
    for step in range(1, chains.shape[1]):
        before = sums[:, step - 1]
        top = before.amax(2, keepdim=True)
        mixed = torch.bmm(torch.exp(before - top), factors).clamp_min_(_SMALLEST).log_()
        torch.add(mixed.add_(top), chains[:, step], out=sums[:, step])
    return sums


def log_partition(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """log of the sum of exp(score) over all paths of each sentence.

    Args:
        emissions: f, (B, T, K); what lies beyond a sentence's end has no effect. 32-bit floats or wider.
        transitions: A, from row to column, (K, K).
        lengths: tokens of each sentence, at least 1, (B,).

    Returns:
        (B,).
    """
    out: Tensor = _LogPartition.apply(emissions, transitions, lengths)
    return out


def path_score(emissions: Tensor, transitions: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
    """The score of one path a sentence; labels (B, T), the other shapes as in `log_partition`. Returns (B,)."""
    inside = mask(lengths, emissions.shape[1])
    states = emissions.gather(2, labels[..., None]).squeeze(2)
    steps = transitions.flatten()[labels[:, :-1] * len(transitions) + labels[:, 1:]]
    return (states * inside).sum(1) + (steps * inside[:, 1:]).sum(1)


def marginals(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """P(y_t = k) for each token, 0 beyond a sentence's end; shapes as in `log_partition`. Returns (B, T, K).

    They are the gradient of log Z by the emissions.
    """
    with torch.enable_grad():
        leaf = emissions.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(log_partition(leaf, transitions.detach(), lengths).sum(), leaf)
    return gradient


def viterbi(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """The path with the highest score of each sentence, 0 beyond its end; shapes as in `log_partition`.

    Returns:
        Label numbers, (B, T).
    """
    batch, steps, _ = emissions.shape
    by_step = emissions.transpose(0, 1)
    best = by_step[0]
    ends = [best]
    pointers = []
    for step in range(1, steps):
        scores, pointer = (best[:, :, None] + transitions).max(1)
        best = scores + by_step[step]
        ends.append(best)
        pointers.append(pointer)
    last = torch.stack(ends)[lengths - 1, torch.arange(batch, device=lengths.device)].argmax(1)
    path = torch.zeros(steps, batch, dtype=torch.long, device=emissions.device)
    label = last
    for step in range(steps - 1, -1, -1):
        if step < steps - 1:
            label = pointers[step].gather(1, label[:, None]).squeeze(1)
        # Until a sentence's end is reached from behind, the walk starts anew at each step.
        label = torch.where(lengths - 1 <= step, last, label)
        path[step] = label
    return path.T * mask(lengths, steps)
