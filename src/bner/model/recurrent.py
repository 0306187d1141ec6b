"""The recurrent layers: a window of words into the first, each layer's states into the next.

Where a network runs in two directions, the second one reads every sentence from its end; both begin at the first place
of their rows, so that what lies beyond a sentence's end comes last and never reaches a token.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bner.model.crf import reversed_places
from bner.model.gather_sum import gather_sum
from bner.model.initialization import paper_uniform
from bner.model.recurrence import LSTM_GATES, elman, lstm

REACH = 2  # words on each side of the window

CELLS = {"lstm": (lstm, LSTM_GATES), "rnn": (elman, 1)}


class _Cell(nn.Module):
    """The parameters of one layer: input weights, recurrent weights and biases of its directions."""

    def __init__(self, kind: str, places: int, width_in: int, width: int, directions: int) -> None:
        super().__init__()
        self.run, gates = CELLS[kind]
        rows = gates * width
        columns = places * width_in
        # As every gate is a layer of its own, the bounds go by the rows of one gate.
        self.input = paper_uniform(directions, places, rows, width_in, rows=width, columns=columns)
        self.bias = paper_uniform(directions, rows, rows=width, columns=columns)
        self.recurrent = paper_uniform(directions, width, rows, rows=width, columns=width)


class WindowLayer(_Cell):
    """A recurrent layer over a window of five words, x_i = R_i-2 .. R_i+2, zero beyond the sentence."""

    def __init__(self, kind: str, width_in: int, width: int, directions: int) -> None:
        super().__init__(kind, 2 * REACH + 1, width_in, width, directions)

    def forward(self, words: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """States (T, N, B, H) over words (W, D), the word of each token (B, T), W beyond the end, and lengths (B,)."""
        directions, places, rows, width_in = self.input.shape
        batch, steps = index.shape
        padded = nn.functional.pad(words, (0, 0, 0, 1))
        windows = nn.functional.pad(index, (REACH, REACH), value=len(words)).unfold(1, places, 1)  # (B, T, 5)
        windows = windows * places + torch.arange(places, device=index.device)
        inputs = []
        for direction in range(directions):
            if direction:
                order = reversed_places(lengths, steps)[..., None].expand_as(windows)
                windows = windows.gather(1, order)
            # ((W + 1) * 5, G H): what each word adds to the gates at each place of the window.
            table = (padded @ self.input[direction].flatten(0, 1).T).view(-1, rows)
            summed = gather_sum(table, windows.transpose(0, 1).reshape(-1, places))
            inputs.append((summed + self.bias[direction]).view(steps, 1, batch, rows))
        return self.run(torch.cat(inputs, 1), self.recurrent)


class StackedLayer(_Cell):
    """A recurrent layer over the states of the layer below, both directions side by side."""

    def __init__(self, kind: str, width: int, directions: int) -> None:
        super().__init__(kind, 1, directions * width, width, directions)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """States (T, N, B, H) over the states of the layer below, (B, T, N H), and lengths (B,)."""
        batch, steps, _ = states.shape
        inputs = []
        for direction, (weight, bias) in enumerate(zip(self.input, self.bias, strict=True)):
            summed = nn.functional.linear(states, weight[0], bias)
            if direction:
                summed = summed.gather(1, reversed_places(lengths, steps)[..., None].expand_as(summed))
            inputs.append(summed.transpose(0, 1))
        return self.run(torch.stack(inputs, 1), self.recurrent)


class RecurrentLayers(nn.Module):
    """One or more recurrent layers in one or both directions (the paper has one; more are its future work)."""

    def __init__(self, kind: str, width_in: int, width: int, directions: int, layers: int) -> None:
        super().__init__()
        self.first = WindowLayer(kind, width_in, width, directions)
        self.others = nn.ModuleList(StackedLayer(kind, width, directions) for _ in range(layers - 1))
        self.width = directions * width

    def forward(self, words: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """[forward ; backward] for each token, (B, T, N H); arguments as in `WindowLayer.forward`."""
        states = _side_by_side(self.first(words, index, lengths), lengths)
        for layer in self.others:
            states = _side_by_side(layer(states, lengths), lengths)
        return states


def _side_by_side(states: Tensor, lengths: Tensor) -> Tensor:
    """(T, N, B, H), the second direction from the end, to (B, T, N H), both from the beginning."""
    if states.shape[1] == 1:
        return states[:, 0].transpose(0, 1)
    forward, backward = states.permute(1, 2, 0, 3)
    order = reversed_places(lengths, len(states))[..., None].expand_as(backward)
    return torch.cat([forward, backward.gather(1, order)], 2)
