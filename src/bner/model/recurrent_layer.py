"""A recurrent layer over windows of its inputs, by products of distinct word forms or by the device's own kernels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from bner.model.initialization import paper_uniform
from bner.model.kernels import library
from bner.model.kernels.gather_sum import gather_sum
from bner.model.kernels.peephole_lstm import peephole_lstm
from bner.model.kernels.recurrence import LSTM_GATES, elman, lstm
from bner.model.sequences import reverse, reversed_positions, windows


class RecurrentLayer(nn.Module):
    """A recurrent layer in N directions over windows x_t = R_t-2 .. R_t+2 of its inputs, zero outside the sentence.

    Each part of the inputs has weights of its own, so that frozen word vectors get no gradient. Parts that belong to
    word forms are read in windows; those that belong to tokens, which have seen their context already, are not.

    Args:
        cell: `lstm` or `rnn` (Elman).
        dims: dimensions of each part that belongs to word forms.
        hidden_size: H.
        directions: N; the second direction reads each sentence from its end.
        window: tokens on each side.
        peepholes: whether an LSTM's gates see its cell state.
        token_dims: dimensions of each part that belongs to tokens.
    """

    def __init__(
        self,
        cell: str,
        dims: Sequence[int],
        hidden_size: int,
        directions: int,
        window: int,
        peepholes: bool = False,
        token_dims: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.cell, self.window = cell, window
        positions = 2 * window + 1
        columns = positions * sum(dims) + sum(token_dims)
        self.rows = hidden_size * (LSTM_GATES if cell == "lstm" else 1)  # G H
        # Every gate is a layer of its own, so the bounds follow from the rows of one gate.
        self.bias = paper_uniform(directions, 1, self.rows, rows=hidden_size, columns=columns)
        self.recurrent = paper_uniform(directions, hidden_size, self.rows, rows=hidden_size, columns=hidden_size)
        self.inputs = nn.ParameterList(
            paper_uniform(dim, directions, positions, self.rows, rows=hidden_size, columns=columns) for dim in dims
        )
        self.peepholes = (
            paper_uniform(directions, 3, hidden_size, rows=hidden_size, columns=hidden_size) if peepholes else None
        )
        self.token_inputs = nn.ParameterList(
            paper_uniform(dim, directions, self.rows, rows=hidden_size, columns=columns) for dim in token_dims
        )
        self.use_library: bool | None = None  # the device's kernels; None: on a GPU

    @property
    def has_library_kernel(self) -> bool:
        """Return whether the layer runs by the device's own kernel, which knows no peepholes."""
        wanted = self.bias.is_cuda if self.use_library is None else self.use_library
        return wanted and self.peepholes is None

    def forward(self, parts: Sequence[Tensor], lengths: Tensor, token_parts: Sequence[Tensor] = ()) -> Tensor:
        """Return [forward ; backward] for each token, (B, T, N H), from the parts of its input, (B, T, D) each.

        Args:
            parts: those of its word form.
            lengths: (B,).
            token_parts: those of the token itself.
        """
        directions = len(self.bias)
        if self.has_library_kernel:
            x = windows(torch.cat(list(parts), 2), self.window)  # (B, T, P D)
            weight = torch.cat([part.permute(1, 2, 0, 3) for part in self.inputs], 2).flatten(1, 2)  # (N, P D, G H)
            if token_parts:
                x = torch.cat([x, *token_parts], 2)
                weight = torch.cat([weight, *(part.transpose(0, 1) for part in self.token_inputs)], 1)
            read = [x] if directions == 1 else [x, reverse(x, lengths)]
            states = library.states(self.cell, read, weight, self.recurrent, self.bias)
        else:
            given = self.bias.flatten()
            for part, weight in zip(parts, self.inputs, strict=True):  # weight: (D, N, P, G H)
                given = given + windows(part, self.window) @ weight.permute(2, 0, 1, 3).flatten(0, 1).flatten(1)
            for part, weight in zip(token_parts, self.token_inputs, strict=True):  # weight: (D, N, G H)
                given = given + part @ weight.flatten(1)
            states = self._run(self._by_direction(given, lengths).contiguous())
        return _side_by_side(states, lengths)

    def form_products(self, parts: Sequence[Tensor]) -> Tensor:
        """Multiply each word form with the weights of each direction and window position.

        The products of a window's words add up to the window's product, so that they are computed once for each
        distinct word form and not for each token and position. The bias is added at the middle position.

        Args:
            parts: word and character vectors of each form, (W, D) each.

        Returns:
            (W + 1, N P G H); the last row is padding and adds nothing.
        """
        bias = pad(self.bias, (0, 0, self.window, self.window)).flatten()  # (N P G H,)
        products = bias
        for part, weight in zip(parts, self.inputs, strict=True):
            products = torch.addmm(products, pad(part, (0, 0, 0, 1)), weight.flatten(1))
        return products

    def from_products(
        self, products: Tensor, index: Tensor, lengths: Tensor, token_parts: Sequence[Tensor] = ()
    ) -> Tensor:
        """Return [forward ; backward] for each token, (B, T, N H), from rows of `form_products`.

        Args:
            products: (rows, N P G H), the last row for padding.
            index: the row of each token, the last one at padding, (B, T).
            lengths: (B,).
            token_parts: the parts of its input that belong to the token itself, (B, T, D) each.
        """
        _, directions, positions, _ = self.inputs[0].shape
        around = pad(index, (self.window, self.window), value=len(products) - 1).unfold(1, positions, 1)  # (B, T, P)
        by_direction = [around]
        if directions == 2:
            order = reversed_positions(lengths, index.shape[1])[..., None].expand_as(around)
            by_direction.append(around.gather(1, order))
        rows = torch.stack(by_direction).permute(2, 0, 1, 3)  # (T, N, B, P)
        offsets = torch.arange(directions * positions, device=index.device).view(directions, 1, positions)
        rows = rows * (directions * positions) + offsets
        given = gather_sum(products.view(-1, self.rows), rows.flatten(0, 2)).view(*rows.shape[:3], self.rows)
        for part, weight in zip(token_parts, self.token_inputs, strict=True):
            given = given + self._by_direction(part @ weight.flatten(1), lengths)
        return _side_by_side(self._run(given), lengths)

    def _by_direction(self, given: Tensor, lengths: Tensor) -> Tensor:
        """Turn (B, T, N G H) into (T, N, B, G H), the second direction reversed."""
        by_direction = list(given.unflatten(2, (-1, self.rows)).unbind(2))  # N times (B, T, G H)
        if len(by_direction) == 2:
            by_direction[1] = reverse(by_direction[1], lengths)
        return torch.stack(by_direction).permute(2, 0, 1, 3)

    def _run(self, given: Tensor) -> Tensor:
        """Run the recurrence over pre-activations, (T, N, B, G H) to (T, N, B, H)."""
        if self.peepholes is not None:
            return peephole_lstm(given, self.recurrent, self.peepholes)
        return (lstm if self.cell == "lstm" else elman)(given, self.recurrent)


def _side_by_side(states: Tensor, lengths: Tensor) -> Tensor:
    """Turn (T, N, B, H), the second direction reversed, into (B, T, N H), both in the order of the sentence."""
    if states.shape[1] == 1:
        return states[:, 0].transpose(0, 1)
    forward, backward = states.permute(1, 2, 0, 3)
    return torch.cat([forward, reverse(backward, lengths)], 2)
