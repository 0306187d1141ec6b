"""Optimizers as settings that build them: conf/optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from bner.errors import check_range

# The network's parameters of fine-tuned word vectors, and of trained ones beside frozen ones.
VECTORS = ("encoder.words.vectors", "encoder.words.trained.vectors")


@dataclass
class OptimizerConfig:
    """Settings that all optimizers have; a subclass adds its own and `build`.

    Attributes:
        name: the optimizer's name in runs and tables.
        lr: learning rate.
        clip_norm: gradients are scaled down to this norm over all parameters; None leaves them alone.
    """

    name: str
    lr: float
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        check_range("lr", self.lr, 0)
        check_range("clip_norm", self.clip_norm, 0)

    @property
    def takes_sparse_gradients(self) -> bool:
        """Return whether the gradient of fine-tuned word vectors may hold only the rows that a batch looks up."""
        return False

    @property
    def l2_of_looked_up(self) -> float:
        """Return the weight of an L2 term of the word vectors that a batch looks up, which is added to the loss."""
        return 0.0

    def build(self, network: nn.Module) -> Optimizer:
        """Build the optimizer of a network's parameters."""
        raise NotImplementedError


@dataclass
class AdaGradConfig(OptimizerConfig):
    """AdaGrad (Duchi et al. 2011), the paper's optimizer.

    Of fine-tuned word vectors, only the rows that a batch looks up are updated and part of the L2 term.

    Attributes:
        eps: added to the root of the sum of squares.
        l2: weight of the L2 term.
    """

    eps: float = 1e-6
    l2: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("eps", self.eps, 0)
        check_range("l2", self.l2, 0)

    @property
    def takes_sparse_gradients(self) -> bool:
        """Return True, unless gradients are clipped."""
        return self.clip_norm is None

    @property
    def l2_of_looked_up(self) -> float:
        """Return the weight of the L2 term of the word vectors that a batch looks up."""
        return self.l2

    def build(self, network: nn.Module) -> Optimizer:
        """Build the optimizer of a network's parameters."""
        groups = _groups(network, self.l2, of_vectors=0.0)
        if groups[0]["params"][0].device.type == "cpu":
            groups[0]["fused"] = True  # one pass over each weight instead of six
        return torch.optim.Adagrad(groups, lr=self.lr, eps=self.eps)


@dataclass
class AdamConfig(OptimizerConfig):
    """Adam (Kingma and Ba 2015).

    Attributes:
        beta1: decay of the mean of gradients.
        beta2: decay of the mean of their squares.
        eps: added to the root of the second mean.
        l2: weight of the L2 term, which is part of the gradient.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    l2: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_adam(self.beta1, self.beta2, self.eps)
        check_range("l2", self.l2, 0)

    def build(self, network: nn.Module) -> Optimizer:
        """Build the optimizer of a network's parameters."""
        groups = _groups(network, self.l2, self.l2)
        return torch.optim.Adam(groups, lr=self.lr, betas=(self.beta1, self.beta2), eps=self.eps, fused=True)


@dataclass
class AdamWConfig(OptimizerConfig):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019).

    Attributes:
        beta1: decay of the mean of gradients.
        beta2: decay of the mean of their squares.
        eps: added to the root of the second mean.
        weight_decay: share, times the learning rate, by which each update shrinks the weights.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_adam(self.beta1, self.beta2, self.eps)
        check_range("weight_decay", self.weight_decay, 0)

    def build(self, network: nn.Module) -> Optimizer:
        """Build the optimizer of a network's parameters."""
        groups = _groups(network, self.weight_decay, self.weight_decay)
        return torch.optim.AdamW(groups, lr=self.lr, betas=(self.beta1, self.beta2), eps=self.eps, fused=True)


@dataclass
class SGDConfig(OptimizerConfig):
    """Stochastic gradient descent.

    Attributes:
        momentum: share of the last update that is added to the next.
        nesterov: whether the gradient is taken after the momentum's step.
        l2: weight of the L2 term, which is part of the gradient.
    """

    momentum: float = 0.0
    nesterov: bool = False
    l2: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("momentum", self.momentum, 0, 1)
        check_range("l2", self.l2, 0)
        if self.nesterov:
            check_range("momentum", self.momentum, 1e-9, 1)

    def build(self, network: nn.Module) -> Optimizer:
        """Build the optimizer of a network's parameters."""
        groups = _groups(network, self.l2, self.l2)
        return torch.optim.SGD(groups, lr=self.lr, momentum=self.momentum, nesterov=self.nesterov, fused=True)


def _groups(network: nn.Module, decay: float, of_vectors: float) -> list[dict[str, Any]]:
    """Return the parameters with their weight decay, fine-tuned word vectors in a group of their own."""
    named = dict(network.named_parameters())
    vectors = [named.pop(name) for name in VECTORS if name in named]
    groups: list[dict[str, Any]] = [{"params": list(named.values()), "weight_decay": decay}]
    if vectors:
        groups.append({"params": vectors, "weight_decay": of_vectors})
    return groups


def _check_adam(beta1: float, beta2: float, eps: float) -> None:
    check_range("beta1", beta1, 0, 0.999999)
    check_range("beta2", beta2, 0, 0.999999)
    check_range("eps", eps, 0)
