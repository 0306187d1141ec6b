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
    before, *following = sums.unbind(1)
    before.copy_(chains[:, 0])
    smallest = sums.new_full((1, 1, 1), _SMALLEST)  # keeps the logarithm finite
    for now, given in zip(following, chains.unbind(1)[1:], strict=True):
        top = before.amax(2, keepdim=True)
        mixed = torch.baddbmm(smallest, torch.exp(before - top), factors).log_()
        before = torch.add(mixed.add_(top), given, out=now)
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


@torch.no_grad()
def viterbi(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """The path with the highest score of each sentence, 0 beyond its end; shapes as in `log_partition`.

    Returns:
        Label numbers, (B, T).
    """
    batch, steps, num_labels = emissions.shape
    # Forward: the best score of a path that ends at a step in a label. Reducing over the first axis, the label before,
    # leaves the others to be worked on many at a time.
    from_label = transitions[:, None]  # (K, 1, K)
    sums = emissions.new_empty(num_labels, batch, num_labels)
    best, *following = emissions.transpose(0, 1).contiguous().unbind()  # (B, K) each
    ends = [best]
    for score in following:
        best = torch.add(best.T[..., None], from_label, out=sums).amax(0).add_(score)
        ends.append(best)
    # Backward: the label before is the one that the best path to this label came from. Beyond a sentence's end stands a
    # label K that scores nothing, so that the last label is the one whose path is best.
    to_label = torch.cat([transitions.T, transitions.new_zeros(1, num_labels)])  # (K + 1, K)
    path = torch.empty(steps, batch, dtype=torch.long, device=emissions.device)
    beyond = ~mask(lengths, steps).T
    shortest = int(lengths.min())
    label = torch.full((batch,), num_labels, device=emissions.device)
    for step, (score, out) in reversed(list(enumerate(zip(ends, path.unbind(), strict=True)))):
        torch.argmax(to_label.index_select(0, label).add_(score), 1, out=out)
        label = out.masked_fill_(beyond[step], num_labels) if step >= shortest else out
    return path.masked_fill_(beyond, 0).T
