"""Recurrences and sums of gathered rows, against torch's own layers and numerical gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from bner.model.kernels.gather_sum import gather_sum
from bner.model.kernels.peephole_lstm import peephole_lstm
from bner.model.kernels.recurrence import elman, lstm


def test_the_lstm_is_torchs_own() -> None:
    torch.manual_seed(0)
    theirs = nn.LSTM(6, 4).double()
    x = torch.randn(9, 3, 6).double()

    def ours_from(rows: Tensor) -> Tensor:  # theirs: i, f, g, o; ours: o, i, f, g
        i, f, g, o = rows.chunk(4)
        return torch.cat([o, i, f, g])

    bias = ours_from(theirs.bias_ih_l0 + theirs.bias_hh_l0)
    inputs = (x @ ours_from(theirs.weight_ih_l0).T + bias)[:, None]
    states = lstm(inputs, ours_from(theirs.weight_hh_l0).T[None])
    torch.testing.assert_close(states[:, 0], theirs(x)[0])


@pytest.mark.parametrize(("run", "gates"), [(lstm, 4), (elman, 1)])
@pytest.mark.parametrize("steps", [1, 4])
def test_recurrences_pass_gradcheck(run: Callable[..., Tensor], gates: int, steps: int) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(steps, 2, 3, gates * 2, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 2, gates * 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (inputs, weight))


@pytest.mark.parametrize("steps", [1, 4])
def test_peepholes_pass_gradcheck(steps: int) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(steps, 2, 3, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 2, 8, dtype=torch.float64, requires_grad=True)
    peepholes = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(peephole_lstm, (inputs, weight, peepholes))
    torch.testing.assert_close(peephole_lstm(inputs, weight, 0 * peepholes), lstm(inputs, weight))


def test_gather_sum_passes_gradcheck() -> None:
    table = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[0, 1], [5, 5], [2, 0]])
    torch.testing.assert_close(gather_sum(table, index), table[index].sum(1))
    assert torch.autograd.gradcheck(gather_sum, (table, index))
