"""From emissions to labels: a CRF over the whole sentence, or softmax for each token (Lyu et al. 2017, Table 4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bner.model import crf
from bner.model.initialization import paper_uniform
from bner.model.sequences import mask


class CRFDecoder(nn.Module):
    """Labels decoded jointly; the transition scores are the only parameter."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()
        self.transitions = paper_uniform(num_labels, num_labels, rows=num_labels, columns=num_labels)

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """-log P(labels) of each sentence, (B,), from emissions (B, T, K), labels (B, T) and lengths (B,).

        The sums are taken in 32-bit floats whatever the emissions are and whatever autocast would have.
        """
        emissions = emissions.float()
        with torch.autocast(emissions.device.type, enabled=False):
            gold = crf.path_score(emissions, self.transitions, lengths, labels)
            return crf.log_partition(emissions, self.transitions, lengths) - gold

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The best path of each sentence, 0 beyond its end, (B, T)."""
        return crf.viterbi(emissions.float(), self.transitions, lengths)

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The probability of each label of each token, 0 beyond a sentence's end, (B, T, K)."""
        return crf.marginals(emissions.float(), self.transitions, lengths)


class SoftmaxDecoder(nn.Module):
    """Each token's label by itself."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """-log P(labels) of each sentence, (B,); shapes as in `CRFDecoder.loss`."""
        tokens = nn.functional.cross_entropy(emissions.float().transpose(1, 2), labels, reduction="none")
        return (tokens * mask(lengths, labels.shape[1])).sum(1)

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The most probable label of each token, 0 beyond a sentence's end, (B, T)."""
        return emissions.argmax(2) * mask(lengths, emissions.shape[1])

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The probability of each label of each token, 0 beyond a sentence's end, (B, T, K)."""
        inside = mask(lengths, emissions.shape[1])[..., None]
        return torch.where(inside, emissions.float().softmax(2), 0)
