"""Decode emissions: a CRF over the whole sentence, or softmax for each token (Lyu et al. 2017, Table 4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.model.initialization import paper_uniform
from bner.model.kernels import crf
from bner.model.network import Decoder
from bner.model.sequences import mask


@dataclass
class CRFConfig:
    """Settings of `CRFDecoder`: conf/decoder/crf.yaml."""

    name: str

    def build(self, num_labels: int) -> CRFDecoder:
        """Build the decoder."""
        return CRFDecoder(num_labels)


@dataclass
class SoftmaxConfig:
    """Settings of `SoftmaxDecoder`: conf/decoder/softmax.yaml."""

    name: str

    def build(self, num_labels: int) -> SoftmaxDecoder:
        """Build the decoder."""
        return SoftmaxDecoder()


class CRFDecoder(Decoder):
    """A CRF that decodes the labels of a sentence jointly; the transition scores are its only parameter."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()
        self.transitions = paper_uniform(num_labels, num_labels, rows=num_labels, columns=num_labels)

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Return -log P(labels) of each sentence, (B,), from emissions (B, T, K), labels (B, T) and lengths (B,).

        Computed in 32-bit floats, whatever the emissions are and autocast says.
        """
        emissions = emissions.float()
        with torch.autocast(emissions.device.type, enabled=False):
            gold = crf.path_score(emissions, self.transitions, lengths, labels)
            return crf.log_partition(emissions, self.transitions, lengths) - gold

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the best path of each sentence, (B, T), 0 at padding."""
        return crf.viterbi(emissions.float(), self.transitions, lengths)

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each label of each token, (B, T, K), 0 at padding."""
        return crf.marginals(emissions.float(), self.transitions, lengths)


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
