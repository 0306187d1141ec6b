"""Compute a linear-chain CRF (Lafferty et al. 2001) with transition scores only.

There are no start or end scores, and no transition is forbidden.

The score of a path y is sum_t f[t, y_t] + sum_t>0 A[y_t-1, y_t] (Lyu et al. 2017, eq. for S).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bner.model.sequences import mask, reverse

_SMALLEST = torch.finfo(torch.float32).tiny


class _LogPartition(torch.autograd.Function):
    """Compute log Z by the forward algorithm, and its gradient, the marginals, by forward-backward.

    alpha_t(k) sums over the paths that end at t in k, f[t, k] included; beta_t(k) over those that continue from there.
    Read from the end of each sentence, beta + f obeys alpha's recursion with A transposed, so that one loop runs both.
    """

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
        with_gradient = any(ctx.needs_input_grad)
        chains, factors = [emissions.transpose(0, 1)], [transitions.exp()]
        if with_gradient:
            chains.append(reverse(emissions, lengths).transpose(0, 1))
            factors.append(factors[0].T)
        arrived, shares, scales = _forward(torch.stack(chains, 1), torch.stack(factors))
        log_z = scales[:, 0].T.gather(1, lengths[:, None] - 1).squeeze(1)
        if with_gradient:
            ctx.save_for_backward(emissions, transitions, lengths, arrived, shares, scales, log_z)
        return log_z

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        emissions, transitions, lengths, arrived, shares, scales, log_z = ctx.saved_tensors
        inside = mask(lengths, emissions.shape[1])
        alpha, beta = arrived[:, 0].transpose(0, 1), reverse(arrived[:, 1].transpose(0, 1), lengths)
        marginals = beta.add_(alpha).add_(emissions).sub_(log_z[:, None, None]).exp_()
        marginals = marginals.masked_fill_(~inside[..., None], 0).mul_(grad[:, None, None])
        # P(y_t-1 = j, y_t = k) = exp(alpha_t-1(j) + A_jk + f[t, k] + beta_t(k) - log Z), summed over t in one product.
        left, right = shares[:-1, 0].transpose(0, 1), reverse(shares[:, 1].transpose(0, 1), lengths)[:, 1:]
        left_scale, right_scale = scales[:-1, 0].T, reverse(scales[:, 1].T[..., None], lengths)[:, 1:, 0]
        scale = torch.exp(left_scale + right_scale - log_z[:, None])
        scale = torch.where(inside[:, 1:], scale, 0) * grad[:, None]
        pairs = left.flatten(0, 1).T @ (right * scale[..., None]).flatten(0, 1)
        return marginals, pairs * transitions.exp(), None


def _forward(chains: Tensor, factors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Run the forward algorithm, scaled at each step so that a row sums to 1 (Rabiner 1989, section V.A).

    Args:
        chains: emissions of several chains, f, (T, N, B, K); overwritten with the shares.
        factors: exp of the transition scores, (N, K, K).

    Returns:
        Three tensors: the logarithm of the sum over all paths to the previous step, transition to each label
        included, (T, N, B, K), 0 at the first step; each label's share p of a step, (T, N, B, K); and the logarithm of
        the scale, c, (T, N, B). The sum over the paths to step t that end in k is exp(c_t) p_t(k); over all paths to
        step t it is exp(c_t).
    """
    steps, chain, batch, labels = chains.shape
    tops = chains.amax(3)
    shares = chains.sub_(tops[..., None]).exp_()
    arrived, sums = torch.ones_like(shares), torch.empty_like(tops)
    smallest = shares.new_full((1, 1, 1), _SMALLEST)  # keeps sums above 0 and their logarithms finite
    ones = shares.new_ones(labels, 1)  # a product with ones is the quickest sum of rows
    rows = shares.view(steps, chain * batch, labels).unbind(), sums.view(steps, chain * batch, 1).unbind()
    before = None
    for share, sent, row, total in zip(shares.unbind(), arrived.unbind(), *rows, strict=True):
        if before is not None:
            share.mul_(torch.baddbmm(smallest, before, factors, out=sent))
        row.div_(torch.mm(row, ones, out=total))
        before = share
    scales = sums.log_().add_(tops).cumsum(0)
    arrived.log_()[1:].add_(scales[:-1, ..., None])
    return arrived, shares, scales


def log_partition(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """Compute the logarithm of the sum of exp(score) over all paths of each sentence.

    Args:
        emissions: f, (B, T, K), in 32-bit floats or wider; padding has no effect.
        transitions: A, from row to column, (K, K).
        lengths: tokens of each sentence, at least 1, (B,).

    Returns:
        (B,).
    """
    out: Tensor = _LogPartition.apply(emissions, transitions, lengths)
    return out


def path_score(emissions: Tensor, transitions: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
    """Compute the score of one path a sentence; labels (B, T), the other shapes as in `log_partition`. Returns (B,)."""
    inside = mask(lengths, emissions.shape[1])
    states = emissions.gather(2, labels[..., None]).squeeze(2)
    steps = transitions.flatten()[labels[:, :-1] * len(transitions) + labels[:, 1:]]
    return (states * inside).sum(1) + (steps * inside[:, 1:]).sum(1)


def marginals(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """Compute P(y_t = k) for each token, 0 at padding; shapes as in `log_partition`. Returns (B, T, K).

    They are the gradient of log Z by the emissions.
    """
    with torch.enable_grad():
        leaf = emissions.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(log_partition(leaf, transitions.detach(), lengths).sum(), leaf)
    return gradient


@torch.no_grad()
def viterbi(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """Find the path with the highest score of each sentence; shapes as in `log_partition`.

    Returns:
        Label numbers, (B, T), 0 at padding.
    """
    batch, steps, num_labels = emissions.shape
    # Forward: the best score of a path that ends at a step in a label. Reducing over the first axis, the
    # previous label, lets the others be vectorised.
    from_label = transitions[:, None]  # (K, 1, K)
    sums = emissions.new_empty(num_labels, batch, num_labels)
    best, *following = emissions.transpose(0, 1).contiguous().unbind()  # (B, K) each
    ends = [best]
    for score in following:
        best = torch.add(best.T[..., None], from_label, out=sums).amax(0).add_(score)
        ends.append(best)
    # Backward: the previous label is the one that the best path to this label came from. Padding gets a label K of
    # score 0, so that the last label is the one whose path is best.
    to_label = torch.cat([transitions.T, transitions.new_zeros(1, num_labels)])  # (K + 1, K)
    path = torch.empty(steps, batch, dtype=torch.long, device=emissions.device)
    padding = ~mask(lengths, steps).T
    shortest = int(lengths.min())
    label = torch.full((batch,), num_labels, device=emissions.device)
    for step, (score, out) in reversed(list(enumerate(zip(ends, path.unbind(), strict=True)))):
        torch.argmax(to_label.index_select(0, label).add_(score), 1, out=out)
        label = out.masked_fill_(padding[step], num_labels) if step >= shortest else out
    return path.masked_fill_(padding, 0).T
