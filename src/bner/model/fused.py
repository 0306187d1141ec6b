"""The recurrent layers by the device's own kernels, cuDNN's on a GPU, with the parameters of `recurrent.py`.

A GPU that computes a step of a sentence at a time waits for orders most of the time; its library takes the whole
sentence at once. That asks for the input of each token, not of each word: on a GPU the products saved are not missed.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import embedding, pad

# The library's order of an LSTM's gates (input, forget, candidate, output) in ours (output, input, forget, candidate).
_ORDER = {"lstm": (1, 2, 3, 0), "rnn": (0,)}


def window_inputs(parts: Sequence[Tensor], index: Tensor, reach: int) -> Tensor:
    """The window of each token: for each part, word or character, the vectors at its places one after the other.

    Args:
        parts: the vectors of each word, (W, D) each.
        index: the word of each token, W beyond a sentence's end, (B, T).
        reach: words on each side.

    Returns:
        (B, T, places times the sum of D), zero where a window lies beyond its sentence.
    """
    places = 2 * reach + 1
    windows = pad(index, (reach, reach), value=len(parts[0])).unfold(1, places, 1)  # (B, T, 5)
    return torch.cat([embedding(windows, pad(part, (0, 0, 0, 1))).flatten(2) for part in parts], 2)


def states(kind: str, inputs: Sequence[Tensor], weight: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """States of each direction, from zero states.

    Args:
        kind: `lstm` or `rnn`.
        inputs: for each direction the input of each step, (B, T, D).
        weight: of the inputs, (N, D, G H).
        recurrent: of the state before, (N, H, G H).
        bias: (N, 1, G H).

    Returns:
        (T, N, B, H).
    """
    width = recurrent.shape[1]
    found = []
    for number, x in enumerate(inputs):
        zero = x.new_zeros(1, len(x), width)
        of_input, of_state, shift = (
            _reordered(kind, values[number], width) for values in (weight, recurrent, bias)
        )  # (G H, D), (G H, H), (G H, 1)
        parameters = [of_input, of_state, shift[:, 0], torch.zeros_like(shift[:, 0])]
        # biases, layers, dropout, training, both directions, batch first
        options = (True, 1, 0.0, torch.is_grad_enabled(), False, True)
        if kind == "lstm":
            out, _, _ = torch.lstm(x, (zero, zero), parameters, *options)
        else:
            out, _ = torch.rnn_tanh(x, zero, parameters, *options)
        found.append(out.transpose(0, 1))
    return torch.stack(found, 1)


def _reordered(kind: str, values: Tensor, width: int) -> Tensor:
    """(rows, G H) in our order of gates to (G H, rows) in the library's."""
    gates = values.split(width, dim=1)
    return torch.cat([gates[place] for place in _ORDER[kind]], 1).T.contiguous()
