"""A language model of one direction: the next word of a sentence from the words before it.

    LanguageModel   words as frozen vectors beside a convolution over characters, a projection, LSTM layers: states
    WordSoftmax     from states to the probability of the next word; in training, over a sample of the words

A model of the other direction is the same one over reversed sentences, see `backwards`. A sentence begins with a
learned vector, and the model predicts its end. States begin at zero in each sentence, which is how sentences are read
that are to be tagged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, embedding, pad

from bner.model.batch import Batch
from bner.model.char_cnn import CharCNN, CharCNNConfig
from bner.model.kernels.log_sum_exp import log_sum_exp
from bner.model.sequences import mask, reverse, reversed_positions

_CHUNK = 1024  # states whose products with all words are in memory at a time


@dataclass(frozen=True)
class Sizes:
    """Sizes of a language model.

    Attributes:
        hidden_size: H, of the projected input and of each layer.
        layers: LSTM layers; from the second on, a layer's input is added to its output.
        char_dim: dimensions of a character embedding.
        char_filters: dimensions of a word's character vector.
    """

    hidden_size: int = 512
    layers: int = 1
    char_dim: int = 16
    char_filters: int = 128


class LanguageModel(nn.Module):
    """States of the words of sentences, each of them computed from the words up to it.

    Args:
        vectors: the frozen word vectors, row 0 is UNKNOWN, (rows, D).
        num_characters: rows of the character table, padding included.
        sizes: of the model.
        dropout: probability of dropping a value of the inputs and of each layer's states, in training.
    """

    def __init__(self, vectors: Tensor, num_characters: int, sizes: Sizes, dropout: float = 0.0) -> None:
        super().__init__()
        self.sizes = sizes
        self.register_buffer("vectors", vectors, persistent=False)
        self.vectors: Tensor
        size = sizes.hidden_size
        config = CharCNNConfig("cnn", sizes.char_dim, sizes.char_filters)
        self.characters = CharCNN(num_characters, config)
        self.project = nn.Linear(vectors.shape[1] + sizes.char_filters, size)
        self.begin = nn.Parameter(torch.zeros(size))
        layers = [nn.LSTM(size, size) for _ in range(sizes.layers)]
        for layer in layers:
            with torch.no_grad():
                layer.get_parameter("bias_ih_l0")[size : 2 * size] = (
                    1  # of the forget gates (Jozefowicz et al. 2015, section 4)
                )
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> list[Tensor]:
        """Return the projected input and the states of each layer, (B, T + 1, H) each; the first is the beginning's.

        Padding may hold anything.
        """
        words = batch.vectors
        if words is None:
            words = embedding(batch.words, self.vectors)
        forms = torch.cat([words, self.characters(batch.characters, batch.character_forms, words)], 1)
        projected = pad(self.dropout(self.project(forms)), (0, 0, 0, 1))  # (W + 1, H)
        read = embedding(batch.index.T, projected)  # (T, B, H)
        read = torch.cat([self.begin.to(read.dtype).expand(1, *read.shape[1:]), read])
        found = [read]
        for number, layer in enumerate(self.layers):
            states: Tensor = self.dropout(layer(found[-1])[0])
            found.append(states + found[-1] if number else states)
        return [each.transpose(0, 1) for each in found]


def backwards(batch: Batch) -> Batch:
    """Return the batch with its sentences reversed, their labels too."""
    order = reversed_positions(batch.lengths, batch.index.shape[1])
    return replace(batch, index=batch.index.gather(1, order), labels=batch.labels.gather(1, order))


def token_states(states: list[Tensor], lengths: Tensor, reversed_back: bool) -> Tensor:
    """Put the states of the tokens side by side, without those of the sentences' beginnings, (B, T, S, H).

    Args:
        states: what `LanguageModel.forward` returns, S of them.
        lengths: (B,).
        reversed_back: whether the model has read the sentences `backwards`.
    """
    tokens = torch.stack(states, 2)[:, 1:]
    return reverse(tokens.flatten(2), lengths).view_as(tokens) if reversed_back else tokens


def predicted_words(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return which positions of (B, T + 1) states predict a word or the end, and the words there; 0 is the end.

    Args:
        batch: with the words to be predicted as its labels, 0 at padding.
    """
    return mask(batch.lengths + 1, batch.labels.shape[1] + 1), pad(batch.labels, (0, 1))


class WordSoftmax(nn.Module):
    """P(word | state) = softmax over all words of (W state + c) . vector + bias.

    Args:
        counts: how often each word occurs, (V,).
        vectors: the words' initial vectors, (V, D).
        hidden_size: H, of a state.
        smoothing: the words of a sample are drawn by count ** smoothing.
    """

    def __init__(self, counts: Tensor, vectors: Tensor, hidden_size: int, smoothing: float = 0.75) -> None:
        super().__init__()
        self.project = nn.Linear(hidden_size, vectors.shape[1])
        # Sparse gradients: a batch changes a few thousand words of a hundred thousand.
        self.vectors = nn.Embedding.from_pretrained(vectors.clone(), freeze=False, sparse=True)
        shares = counts.double().clamp(min=1) / counts.double().clamp(min=1).sum()
        self.bias = nn.Embedding.from_pretrained(shares.log().float()[:, None], freeze=False, sparse=True)
        smoothed = counts.double().clamp(min=1) ** smoothing
        self.register_buffer("drawn", (smoothed / smoothed.sum()).float(), persistent=False)
        self.drawn: Tensor

    def sample(self, number: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw words with replacement.

        Returns:
            The distinct words drawn, sorted, (K,), and log(times drawn / times expected) of each, (K,).
        """
        words, times = torch.multinomial(self.drawn, number, True, generator=generator).unique(return_counts=True)
        return words, times.log() - torch.log(number * self.drawn[words])

    def loss(self, states: Tensor, targets: Tensor, sample: tuple[Tensor, Tensor]) -> Tensor:
        """Return -log P(target), estimated with a sample, (n,).

        The sum over all other words is estimated by that over the sampled ones, each weighted by the inverse of its
        expected number in the sample (Bengio and Senecal 2003): the estimate's expectation is the sum.

        Args:
            states: (n, H).
            targets: (n,).
            sample: of `sample`.
        """
        words, offsets = sample
        projected = self.project(states)
        count = len(targets)
        looked_up = torch.cat([targets, words])  # one look-up, so that there is one sparse gradient
        vectors, bias = self.vectors(looked_up), self.bias(looked_up)[:, 0]
        target = (projected.to(vectors.dtype) * vectors[:count]).sum(1) + bias[:count]
        position = torch.searchsorted(words, targets).clamp(max=len(words) - 1)
        left_out = torch.where(words[position] == targets, position, -1)
        others = log_sum_exp(projected, vectors[count:].to(projected.dtype), bias[count:] + offsets, left_out)
        losses: Tensor = torch.logaddexp(target, others) - target
        return losses

    @torch.no_grad()
    def exact(self, states: Tensor, targets: Tensor) -> Tensor:
        """Return -log P(target) over all words, (n,), for states (n, H) and targets (n,)."""
        weight, bias = self.vectors.weight, self.bias.weight[:, 0]
        parts = [
            cross_entropy(torch.addmm(bias, self.project(some).to(bias.dtype), weight.T), words, reduction="none")
            for some, words in zip(states.split(_CHUNK), targets.split(_CHUNK), strict=True)
        ]
        return torch.cat(parts)
