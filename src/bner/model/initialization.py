"""Initialise every weight of the network as the paper does."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def paper_uniform(*shape: int, rows: int, columns: int) -> nn.Parameter:
    """Draw a parameter uniformly from +-sqrt(6 / (rows + columns)) (Lyu et al. 2017, Hyperparameters).

    Rows and columns are those of the layer's weight matrix, also where the parameter is its bias.
    """
    bound = math.sqrt(6 / (rows + columns))
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


class Affine(nn.Module):
    """x W^T + b with the paper's initialisation."""

    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__()
        self.weight = paper_uniform(output_size, input_size, rows=output_size, columns=input_size)
        self.bias = paper_uniform(output_size, rows=output_size, columns=input_size)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., input_size) to (..., output_size)."""
        return nn.functional.linear(x, self.weight, self.bias)
