"""Dropout: the rate, the scale, and masks that a sentence shares."""

from __future__ import annotations

import pytest
import torch

from bner.model.dropout import Dropout, draw_mask


def test_values_are_dropped_at_the_rate_and_scaled() -> None:
    torch.manual_seed(0)
    x = torch.ones(50, 40, 30)
    dropped = Dropout(0.4, locked=False)(x)
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1 / 0.6).item()}
    assert abs((dropped == 0).float().mean() - 0.4) < 0.01
    assert not torch.equal(dropped[0, 0], dropped[0, 1])


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.95])
def test_the_values_of_a_mask_are_independent(rate: float) -> None:
    torch.manual_seed(0)
    mask = draw_mask((1000, 1003), rate, torch.device("cpu"))
    assert mask.unique().tolist() == [0, 1]
    error = 4 * (rate * (1 - rate) / mask.numel()) ** 0.5
    assert abs(mask.mean() - (1 - rate)) < error
    flat = mask.flatten() - mask.mean()
    for shift in (1, 2, 3, 4, 1003):  # of the same random number, and of the next row
        assert abs((flat[shift:] * flat[:-shift]).mean()) < error


def test_a_locked_mask_is_a_sentences() -> None:
    torch.manual_seed(0)
    dropped = Dropout(0.4, locked=True)(torch.ones(50, 40, 30))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not torch.equal(dropped[0], dropped[1])


def test_nothing_is_dropped_in_evaluation() -> None:
    x = torch.randn(2, 3, 4)
    assert torch.equal(Dropout(0.4, locked=False).eval()(x), x)
    assert torch.equal(Dropout(0.0, locked=False)(x), x)
