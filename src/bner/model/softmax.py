"""Softmax over the labels of each token by itself (Lyu et al. 2017, Table 4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.model.network import Decoder
from bner.model.sequences import mask


@dataclass
class SoftmaxConfig:
    """Settings of `SoftmaxDecoder`: conf/decoder/softmax.yaml."""

    name: str

    def build(self, num_labels: int) -> SoftmaxDecoder:
        """Build the decoder."""
        return SoftmaxDecoder()


class SoftmaxDecoder(Decoder):
    """The most probable label of each token by itself."""

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Return -log P(labels) of each sentence, (B,); shapes as in `CRFDecoder.loss`."""
        tokens = nn.functional.cross_entropy(emissions.float().transpose(1, 2), labels, reduction="none")
        return (tokens * mask(lengths, labels.shape[1])).sum(1)

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the most probable label of each token, (B, T), 0 at padding."""
        return emissions.argmax(2) * mask(lengths, emissions.shape[1])

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each label of each token, (B, T, K), 0 at padding."""
        inside = mask(lengths, emissions.shape[1])[..., None]
        return torch.where(inside, emissions.float().softmax(2), 0)
