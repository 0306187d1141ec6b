"""LSTM with diagonal peepholes over pre-activations, with written-out gradients.

The gates also see the cell state (Gers and Schmidhuber 2000), through one weight a unit, as in the paper's program:
i, f = sigmoid(. + p c_t-1), o = sigmoid(. + p c_t).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bner.model.kernels.recurrence import LSTM_GATES, fast_tanh, steps_of, weight_gradient


class _PeepholeLSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, peepholes: Tensor) -> Tensor:
        steps, directions, batch, rows = inputs.shape
        size = rows // LSTM_GATES
        gates = torch.empty_like(inputs)
        cells = inputs.new_empty(steps, directions, batch, size)
        squashed, states = torch.empty_like(cells), torch.empty_like(cells)
        parts = [gates, *gates.chunk(LSTM_GATES, dim=-1)]
        to_output, to_entry, to_forget = peepholes.unsqueeze(2).unbind(1)  # (N, 1, H) each
        before = cell_before = torch.zeros_like(cells[0])
        minus_one = inputs.new_tensor(-1)
        for given, now, output, entry, forget, candidate, cell, squash, state in steps_of(
            inputs, *parts, cells, squashed, states
        ):
            torch.baddbmm(given, before, weight, out=now)
            entry.addcmul_(to_entry, cell_before).sigmoid_()
            forget.addcmul_(to_forget, cell_before).sigmoid_()
            fast_tanh(candidate, minus_one, out=candidate)
            torch.mul(entry, candidate, out=cell)
            cell.addcmul_(forget, cell_before)
            output.addcmul_(to_output, cell).sigmoid_()
            fast_tanh(cell, minus_one, out=squash)
            torch.mul(output, squash, out=state)
            before, cell_before = state, cell
        ctx.save_for_backward(weight, peepholes, gates, cells, squashed, states)
        return states

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, peepholes, gates, cells, squashed, states = ctx.saved_tensors
        size = states.shape[-1]
        output, entry, forget, candidate = gates.chunk(LSTM_GATES, dim=-1)
        before = torch.cat([torch.zeros_like(cells[:1]), cells[:-1]])
        to_output, to_entry, to_forget = peepholes.unsqueeze(2).unbind(1)
        # d pre-activation / d state for the output gate, / d cell for the others, for all steps at once.
        by_state = squashed * output * (1 - output)
        by_cell = torch.stack(
            [candidate * entry * (1 - entry), before * forget * (1 - forget), entry * (1 - candidate * candidate)],
            dim=-2,
        )
        slope = output * (1 - squashed * squashed) + by_state * to_output  # d cell / d state, through both ways
        keep = forget + by_cell[..., 0, :] * to_entry + by_cell[..., 1, :] * to_forget  # d cell_t-1 / d cell_t
        result = torch.empty_like(gates)
        result_by_cell = result[..., size:].unflatten(-1, (3, size))
        transposed = weight.transpose(1, 2).contiguous()
        d_state, d_cell = torch.zeros_like(states[0]), torch.zeros_like(states[0])
        d_cell_by_gate = d_cell.unsqueeze(-2)
        for given, change, to_state, to_cell, now, now_state, now_cell, kept in reversed(
            steps_of(grad, slope, by_state, by_cell, result, result[..., :size], result_by_cell, keep)
        ):
            d_state += given
            d_cell.addcmul_(d_state, change)
            torch.mul(d_state, to_state, out=now_state)
            torch.mul(d_cell_by_gate, to_cell, out=now_cell)
            torch.bmm(now, transposed, out=d_state)
            d_cell.mul_(kept)
        of_output, of_entry, of_forget, _ = result.chunk(LSTM_GATES, dim=-1)
        seen = ((of_output * cells).sum((0, 2)), (of_entry * before).sum((0, 2)), (of_forget * before).sum((0, 2)))
        return result, weight_gradient(states, result), torch.stack(seen, 1)


def peephole_lstm(inputs: Tensor, weight: Tensor, peepholes: Tensor) -> Tensor:
    """Run an LSTM with peepholes from zero states; c_t and h_t as in `recurrence.lstm`.

    Args:
        inputs: the input's part of the pre-activations of o, i, f, g, biases included, (T, N, B, 4 H).
        weight: recurrent weights, (N, H, 4 H).
        peepholes: weights of the cell state in o, i and f, (N, 3, H).

    Returns:
        h, (T, N, B, H).
    """
    out: Tensor = _PeepholeLSTM.apply(inputs, weight, peepholes)
    return out
