"""LSTM over packed sequences, with written-out gradients.

Sequences are sorted by length, the longest first, and each step holds only those that reach it: words have a few
characters, and the longest of a batch has many, so that most of a padded batch of words is padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from bner.model.kernels.recurrence import LSTM_GATES, fast_tanh


class _PackedLSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, sizes: Sequence[int]) -> Tensor:
        directions, rows, width = inputs.shape
        size = width // LSTM_GATES
        gates = torch.empty_like(inputs)
        cells = inputs.new_empty(directions, rows, size)
        squashed, states = torch.empty_like(cells), torch.empty_like(cells)
        parts = [gates, gates[..., : 3 * size], *gates.chunk(LSTM_GATES, dim=-1)]
        before = cell_before = inputs.new_zeros(directions, sizes[0], size)
        minus_one = inputs.new_tensor(-1)
        for count, given, now, sigmoids, output, entry, forget, candidate, cell, squash, state in _steps(
            sizes, inputs, *parts, cells, squashed, states
        ):
            torch.baddbmm(given, before[:, :count], weight, out=now)
            sigmoids.sigmoid_()
            fast_tanh(candidate, minus_one, out=candidate)
            torch.mul(entry, candidate, out=cell)
            cell.addcmul_(forget, cell_before[:, :count])
            fast_tanh(cell, minus_one, out=squash)
            torch.mul(output, squash, out=state)
            before, cell_before = state, cell
        ctx.save_for_backward(weight, gates, cells, squashed, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        weight, gates, cells, squashed, states = ctx.saved_tensors
        sizes = ctx.sizes
        size = states.shape[-1]
        output, entry, forget, candidate = gates.chunk(LSTM_GATES, dim=-1)
        before, cells_before = _previous(states, sizes), _previous(cells, sizes)
        # d pre-activation / d state for the output gate, / d cell for the others, for all steps at once.
        by_state = squashed * output * (1 - output)
        by_entry = candidate * entry * (1 - entry)
        by_forget = cells_before * forget * (1 - forget)
        by_candidate = entry * (1 - candidate * candidate)
        by_cell = torch.stack([by_entry, by_forget, by_candidate], dim=-2)
        slope = output * (1 - squashed * squashed)
        result = torch.empty_like(gates)
        result_by_cell = result[..., size:].unflatten(-1, (3, size))
        transposed = weight.transpose(1, 2).contiguous()
        # Rows of sequences that end earlier stay zero until their last step is reached.
        all_d_state = states.new_zeros(len(states), sizes[0], size)
        all_d_cell = torch.zeros_like(all_d_state)
        for count, given, change, to_state, to_cell, now, now_state, now_cell, keep in reversed(
            _steps(sizes, grad, slope, by_state, by_cell, result, result[..., :size], result_by_cell, forget)
        ):
            d_state, d_cell = all_d_state[:, :count], all_d_cell[:, :count]
            d_state += given
            d_cell.addcmul_(d_state, change)
            torch.mul(d_state, to_state, out=now_state)
            torch.mul(d_cell.unsqueeze(-2), to_cell, out=now_cell)
            d_state.copy_(torch.bmm(now, transposed))
            d_cell.mul_(keep)
        return result, before.transpose(1, 2) @ result, None


def _steps(sizes: Sequence[int], *tensors: Tensor) -> list[tuple[Any, ...]]:
    """Return for each step its number of sequences and views of its rows of several tensors, (N, rows, ...) each."""
    return list(zip(sizes, *(tensor.split(list(sizes), 1) for tensor in tensors), strict=True))


def _previous(values: Tensor, sizes: Sequence[int]) -> Tensor:
    """Return for each row the value of its sequence at the previous step, zero at the first step."""
    chunks = values.split(list(sizes), 1)
    first = torch.zeros_like(chunks[0])
    return torch.cat([first, *(chunk[:, :count] for chunk, count in zip(chunks, sizes[1:], strict=False))], 1)


def packed_lstm(inputs: Tensor, weight: Tensor, sizes: Sequence[int]) -> Tensor:
    """Run the LSTM of `bner.model.kernels.recurrence.lstm` over packed sequences, from zero states.

    Args:
        inputs: the input's part of the pre-activations of o, i, f, g, biases included, (N, rows, 4 H): the first step
            of all sequences, the longest first, then the second step of those that have one, and so on.
        weight: recurrent weights, (N, H, 4 H).
        sizes: the number of sequences at each step, which never rises; they sum up to `rows`.

    Returns:
        h, (N, rows, H).
    """
    out: Tensor = _PackedLSTM.apply(inputs, weight, sizes)
    return out
