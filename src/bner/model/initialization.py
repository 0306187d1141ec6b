"""The paper's initialisation, for every weight of the network."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def paper_uniform(*shape: int, rows: int, columns: int) -> nn.Parameter:
    """A parameter drawn uniformly from +-sqrt(6 / (rows + columns)) (Lyu et al. 2017, Hyperparameters).

    Rows and columns are those of the layer's weight matrix, also where the parameter is its bias.
    """
    bound = math.sqrt(6 / (rows + columns))
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


class Affine(nn.Module):
    """x W^T + b with the paper's initialisation."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = paper_uniform(width_out, width_in, rows=width_out, columns=width_in)
        self.bias = paper_uniform(width_out, rows=width_out, columns=width_in)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width_in) to (..., width_out)."""
        return nn.functional.linear(x, self.weight, self.bias)
