"""The recurrent layers: a window of words into the first, each layer's states into the next.

Where a network runs in two directions, the second one reads every sentence from its end; both begin at the first place
of their rows, so that what lies beyond a sentence's end comes last and never reaches a token.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bner.model import fused
from bner.model.gather_sum import gather_sum
from bner.model.initialization import paper_uniform
from bner.model.recurrence import LSTM_GATES, elman, lstm
from bner.model.sequences import reverse, reversed_places

REACH = 2  # words on each side of the window

CELLS = {"lstm": (lstm, LSTM_GATES), "rnn": (elman, 1)}


class _Cell(nn.Module):
    """What a layer of either kind has: recurrent weights and biases of its directions."""

    def __init__(self, kind: str, columns: int, width: int, directions: int) -> None:
        super().__init__()
        self.kind = kind
        self.run, gates = CELLS[kind]
        self.rows = gates * width
        # As every gate is a layer of its own, the bounds go by the rows of one gate.
        self.bias = paper_uniform(directions, 1, self.rows, rows=width, columns=columns)
        self.recurrent = paper_uniform(directions, width, self.rows, rows=width, columns=width)


class WindowLayer(_Cell):
    """A recurrent layer over a window of five words, x_i = R_i-2 .. R_i+2, zero beyond the sentence.

    Word and character vectors have weights of their own, so that frozen word vectors get no gradient computed for them.
    """

    def __init__(self, kind: str, widths: Sequence[int], width: int, directions: int) -> None:
        places = 2 * REACH + 1
        columns = places * sum(widths)
        super().__init__(kind, columns, width, directions)
        self.inputs = nn.ParameterList(
            paper_uniform(part, directions, places, self.rows, rows=width, columns=columns) for part in widths
        )

    def word_sums(self, parts: Sequence[Tensor]) -> Tensor:
        """What each word adds to the gates in each direction and at each place of the window.

        Args:
            parts: the vectors of each word, word and character part, each (W, D).

        Returns:
            (W + 1, N 5 G H). The last row is what lies beyond a sentence's end: it adds nothing. The bias is added in
            the middle of the window, where each token has one word.
        """
        directions = len(self.bias)
        bias = nn.functional.pad(self.bias.view(directions, 1, self.rows), (0, 0, REACH, REACH)).flatten()
        sums = bias
        for part, weight in zip(parts, self.inputs, strict=True):
            sums = torch.addmm(sums, nn.functional.pad(part, (0, 0, 0, 1)), weight.flatten(1))
        return sums

    def forward(self, sums: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """States (T, N, B, H).

        Args:
            sums: rows as `word_sums` makes them, the last one for what lies beyond a sentence's end, (rows, N 5 G H).
            index: the row of each token, the last one beyond a sentence's end, (B, T).
            lengths: (B,).
        """
        _, directions, places, _ = self.inputs[0].shape
        windows = nn.functional.pad(index, (REACH, REACH), value=len(sums) - 1).unfold(1, places, 1)  # (B, T, 5)
        by_direction = [windows]
        if directions == 2:
            order = reversed_places(lengths, index.shape[1])[..., None].expand_as(windows)
            by_direction.append(windows.gather(1, order))
        rows = torch.stack(by_direction).permute(2, 0, 1, 3)  # (T, N, B, 5)
        offsets = torch.arange(directions * places, device=index.device).view(directions, 1, places)
        rows = rows * (directions * places) + offsets
        summed = gather_sum(sums.view(-1, self.rows), rows.flatten(0, 2))
        return self.run(summed.view(*rows.shape[:3], self.rows), self.recurrent)

    def fused(self, parts: Sequence[Tensor], index: Tensor, lengths: Tensor) -> Tensor:
        """States (T, N, B, H) by the device's kernels, from the vectors of each word, (W, D) each; index as above."""
        weights = [weight.permute(1, 2, 0, 3).flatten(1, 2) for weight in self.inputs]  # (N, 5 D, G H)
        inputs = fused.window_inputs(parts, index, REACH)
        return fused.states(
            self.kind, _by_direction(inputs, lengths, len(self.bias)), torch.cat(weights, 1), self.recurrent, self.bias
        )


class StackedLayer(_Cell):
    """A recurrent layer over the states of the layer below, both directions side by side."""

    def __init__(self, kind: str, width: int, directions: int) -> None:
        super().__init__(kind, directions * width, width, directions)
        columns = directions * width
        self.input = paper_uniform(directions, self.rows, columns, rows=width, columns=columns)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """States (T, N, B, H) over the states of the layer below, (B, T, N H), and lengths (B,)."""
        by_direction = _by_direction(states, lengths, len(self.input))
        if states.is_cuda:
            return fused.states(self.kind, by_direction, self.input.transpose(1, 2), self.recurrent, self.bias)
        inputs = torch.stack(by_direction).transpose(1, 2)  # (N, T, B, N H)
        summed = torch.einsum("ntbi,nri->tnbr", inputs, self.input)
        return self.run((summed + self.bias).contiguous(), self.recurrent)


class RecurrentLayers(nn.Module):
    """One or more recurrent layers in one or both directions (the paper has one; more are its future work)."""

    def __init__(self, kind: str, widths: Sequence[int], width: int, directions: int, layers: int) -> None:
        super().__init__()
        self.first = WindowLayer(kind, widths, width, directions)
        self.others = nn.ModuleList(StackedLayer(kind, width, directions) for _ in range(layers - 1))
        self.width = directions * width

    def forward(self, sums: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """[forward ; backward] for each token, (B, T, N H); arguments as in `WindowLayer.forward`."""
        return self._above(_side_by_side(self.first(sums, index, lengths), lengths), lengths)

    def fused(self, parts: Sequence[Tensor], index: Tensor, lengths: Tensor) -> Tensor:
        """As `forward`, by the device's kernels; arguments as in `WindowLayer.fused`."""
        return self._above(_side_by_side(self.first.fused(parts, index, lengths), lengths), lengths)

    def _above(self, states: Tensor, lengths: Tensor) -> Tensor:
        for layer in self.others:
            states = _side_by_side(layer(states, lengths), lengths)
        return states


def _by_direction(x: Tensor, lengths: Tensor, directions: int) -> list[Tensor]:
    """(B, T, D) for each direction, for the second one from each sentence's end."""
    return [x] if directions == 1 else [x, reverse(x, lengths)]


def _side_by_side(states: Tensor, lengths: Tensor) -> Tensor:
    """(T, N, B, H), the second direction from the end, to (B, T, N H), both from the beginning."""
    if states.shape[1] == 1:
        return states[:, 0].transpose(0, 1)
    forward, backward = states.permute(1, 2, 0, 3)
    return torch.cat([forward, reverse(backward, lengths)], 2)
