"""Links around a recurrent layer, from its input to its output: model.links."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bner.model.initialization import Affine

LINKS = ("none", "residual", "highway")
_CARRIED = -1.0  # bias of a highway's gate: in the beginning more of the input is carried on than transformed


class NoLink(nn.Module):
    """The layer's output alone."""

    def forward(self, x: Tensor, out: Tensor) -> Tensor:
        """Return the output, both (B, T, D)."""
        return out


class ResidualLink(nn.Module):
    """x + F(x) (He et al. 2016)."""

    def forward(self, x: Tensor, out: Tensor) -> Tensor:
        """Return the sum of input and output, both (B, T, D)."""
        return x + out


class HighwayLink(nn.Module):
    """t F(x) + (1 - t) x with t = sigmoid(W x + b) (Srivastava et al. 2015, eq. 3).

    Args:
        size: D.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.gate = Affine(size, size)
        nn.init.constant_(self.gate.bias, _CARRIED)

    def forward(self, x: Tensor, out: Tensor) -> Tensor:
        """Mix input and output, both (B, T, D), by the gate."""
        return torch.lerp(x, out, self.gate(x).sigmoid())


def make_link(kind: str, size: int) -> nn.Module:
    """Make one of `LINKS` for inputs and outputs of D = `size` dimensions."""
    if kind == "highway":
        return HighwayLink(size)
    return ResidualLink() if kind == "residual" else NoLink()
