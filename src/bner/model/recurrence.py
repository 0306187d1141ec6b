"""Recurrent networks over pre-activations, with gradients written by hand.

What the input adds to the gates is computed beforehand, in one product for all steps. What is left is a loop over the
steps of a few tensor operations each, for all sentences and both directions at once; autograd would record every one of
them, so forward and backward are written out here instead. The weights' gradient is one product over all steps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

# The gates of an LSTM in the order of their rows: output, input, forget, then the candidate.
LSTM_GATES = 4


class _LSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor) -> Tensor:
        steps, directions, batch, rows = inputs.shape
        width = rows // LSTM_GATES
        gates = torch.empty_like(inputs)
        cells = inputs.new_empty(steps, directions, batch, width)
        squashed = torch.empty_like(cells)
        states = torch.empty_like(cells)
        parts = [gates, gates[..., : 3 * width], *gates.chunk(LSTM_GATES, dim=-1)]
        before = cell_before = torch.zeros_like(cells[0])
        minus_one = inputs.new_tensor(-1)
        for given, now, sigmoids, output, entry, forget, candidate, cell, squash, state in _steps(
            inputs, *parts, cells, squashed, states
        ):
            torch.baddbmm(given, before, weight, out=now)
            sigmoids.sigmoid_()
            _tanh(candidate, minus_one, out=candidate)
            torch.mul(entry, candidate, out=cell)
            cell.addcmul_(forget, cell_before)
            _tanh(cell, minus_one, out=squash)
            torch.mul(output, squash, out=state)
            before, cell_before = state, cell
        ctx.save_for_backward(weight, gates, cells, squashed, states)
        return states

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        weight, gates, cells, squashed, states = ctx.saved_tensors
        width = states.shape[-1]
        output, entry, forget, candidate = gates.chunk(LSTM_GATES, dim=-1)
        before = torch.cat([torch.zeros_like(cells[:1]), cells[:-1]])
        # d gate / d pre-activation, times what the gate is multiplied with, for all steps at once.
        by_state = squashed * output * (1 - output)
        by_cell = torch.stack(
            [candidate * entry * (1 - entry), before * forget * (1 - forget), entry * (1 - candidate * candidate)],
            dim=-2,
        )
        slope = output * (1 - squashed * squashed)
        result = torch.empty_like(gates)
        result_by_cell = result[..., width:].unflatten(-1, (3, width))
        transposed = weight.transpose(1, 2).contiguous()
        d_state = torch.zeros_like(states[0])
        d_cell = torch.zeros_like(states[0])
        d_cell_by_gate = d_cell.unsqueeze(-2)
        for given, change, to_state, to_cell, now, now_state, now_cell, keep in reversed(
            _steps(grad, slope, by_state, by_cell, result, result[..., :width], result_by_cell, forget)
        ):
            d_state += given
            d_cell.addcmul_(d_state, change)
            torch.mul(d_state, to_state, out=now_state)
            torch.mul(d_cell_by_gate, to_cell, out=now_cell)
            torch.bmm(now, transposed, out=d_state)
            d_cell.mul_(keep)
        return result, _weight_gradient(states, result)


class _Elman(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor) -> Tensor:
        states = torch.empty_like(inputs)
        before = torch.zeros_like(inputs[0])
        for given, state in _steps(inputs, states):
            torch.baddbmm(given, before, weight, out=state).tanh_()
            before = state
        ctx.save_for_backward(weight, states)
        return states

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        weight, states = ctx.saved_tensors
        slope = 1 - states * states
        result = torch.empty_like(states)
        transposed = weight.transpose(1, 2).contiguous()
        d_state = torch.zeros_like(states[0])
        for given, change, now in reversed(_steps(grad, slope, result)):
            d_state += given
            torch.mul(d_state, change, out=now)
            torch.bmm(now, transposed, out=d_state)
        return result, _weight_gradient(states, result)


def _tanh(x: Tensor, minus_one: Tensor, out: Tensor) -> Tensor:
    """tanh(x) = 2 sigmoid(2 x) - 1, in a third of the time that torch's tanh takes on a CPU."""
    torch.mul(x, 2, out=out).sigmoid_()
    return torch.add(minus_one, out, alpha=2, out=out)


def _steps(*tensors: Tensor) -> list[tuple[Tensor, ...]]:
    """Each step's part of several tensors; taken beforehand, they cost a third of what indexing in the loop does."""
    return list(zip(*(tensor.unbind() for tensor in tensors), strict=True))


def _weight_gradient(states: Tensor, result: Tensor) -> Tensor:
    """sum over steps and sentences of (state before the step)^T (gradient of the step's pre-activations)."""
    before = states[:-1].permute(1, 3, 0, 2).flatten(2)  # (N, H, (T-1) B)
    after = result[1:].transpose(0, 1).flatten(1, 2)  # (N, (T-1) B, G H)
    return before @ after


def lstm(inputs: Tensor, weight: Tensor) -> Tensor:
    """An LSTM without peepholes (Hochreiter and Schmidhuber 1997, with forget gates), from zero states.

    o, i, f = sigmoid(.), g = tanh(.) of inputs_t + h_t-1 weight; c_t = f * c_t-1 + i * g; h_t = o * tanh(c_t).

    Args:
        inputs: what the input adds to the gates o, i, f, g, biases included, (T, N, B, 4 H).
        weight: (N, H, 4 H).

    Returns:
        h, (T, N, B, H).
    """
    if not (torch.is_grad_enabled() and (inputs.requires_grad or weight.requires_grad)):
        return _lstm_states(inputs, weight)
    out: Tensor = _LSTM.apply(inputs, weight)
    return out


def _lstm_states(inputs: Tensor, weight: Tensor) -> Tensor:
    """`lstm` where no gradient is wanted: nothing is kept but the states, so that a step's values stay in the cache."""
    steps, directions, batch, rows = inputs.shape
    width = rows // LSTM_GATES
    states = inputs.new_empty(steps, directions, batch, width)
    gates = torch.empty_like(inputs[0])
    cell = torch.zeros_like(states[0])
    before = torch.zeros_like(states[0])
    output, entry, forget, candidate = gates.chunk(LSTM_GATES, dim=-1)
    sigmoids = gates[..., : 3 * width]
    minus_one = inputs.new_tensor(-1)
    for given, state in _steps(inputs, states):
        torch.baddbmm(given, before, weight, out=gates)
        sigmoids.sigmoid_()
        _tanh(candidate, minus_one, out=candidate)
        cell.mul_(forget).addcmul_(entry, candidate)
        _tanh(cell, minus_one, out=state).mul_(output)
        before = state
    return states


def elman(inputs: Tensor, weight: Tensor) -> Tensor:
    """An Elman network (Elman 1990), from zero states: h_t = tanh(inputs_t + h_t-1 weight).

    Args:
        inputs: what the input adds, biases included, (T, N, B, H).
        weight: (N, H, H).

    Returns:
        h, (T, N, B, H).
    """
    out: Tensor = _Elman.apply(inputs, weight)
    return out
