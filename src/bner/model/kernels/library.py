"""Recurrent layers by the device's own kernels, cuDNN's on a GPU.

A GPU that computes one step of a sentence at a time is mostly idle between kernel launches; its library takes the whole
sentence at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

# The library's order of an LSTM's gates (input, forget, candidate, output) in ours (output, input, forget, candidate).
_ORDER = {"lstm": (1, 2, 3, 0), "rnn": (0,)}


def states(cell: str, inputs: list[Tensor], weight: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """Compute the states of each direction, from zero states.

    Args:
        cell: `lstm` or `rnn`.
        inputs: for each direction the input of each step, (B, T, D).
        weight: of the inputs, (N, D, G H).
        recurrent: of the previous state, (N, H, G H).
        bias: (N, 1, G H).

    Returns:
        (T, N, B, H).
    """
    hidden_size = recurrent.shape[1]
    found = []
    for number, x in enumerate(inputs):
        zero = x.new_zeros(1, len(x), hidden_size)
        of_input, of_state, shift = (
            _reordered(cell, values[number], hidden_size) for values in (weight, recurrent, bias)
        )  # (G H, D), (G H, H), (G H, 1)
        parameters = [of_input, of_state, shift[:, 0], torch.zeros_like(shift[:, 0])]
        # biases, layers, dropout, training, both directions, batch first
        options = (True, 1, 0.0, torch.is_grad_enabled(), False, True)
        if cell == "lstm":
            out, _, _ = torch.lstm(x, (zero, zero), parameters, *options)
        else:
            out, _ = torch.rnn_tanh(x, zero, parameters, *options)
        found.append(out.transpose(0, 1))
    return torch.stack(found, 1)


def _reordered(cell: str, values: Tensor, hidden_size: int) -> Tensor:
    """Turn (rows, G H) in our order of gates into (G H, rows) in the library's."""
    gates = values.split(hidden_size, dim=1)
    return torch.cat([gates[number] for number in _ORDER[cell]], 1).T.contiguous()
