"""Attention over the characters of a word (Lyu et al. 2017, Input layer), with one weight for each dimension.

Each character's hidden vector sees the two characters on both sides of it: h_j = tanh(W_c [e_j-2 .. e_j+2] + b_c).
The paper's equations are t_j = exp(W_t h_j + U_t e_w + b_t), a_j = t_j / sum_i t_i, R_c = sum_j a_j * e_j over the
character embeddings. The factor exp(U_t e_w + b_t) is the same for every character of the word and cancels in a_j, so
that U_t and b_t have no part in R_c and no gradient: they are left out here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.errors import check_range
from bner.model.initialization import paper_uniform
from bner.model.kernels.gather_sum import gather_sum


@dataclass
class CharAttentionConfig:
    """Settings of `CharAttention`: conf/char/attention.yaml.

    Attributes:
        name: the encoder's name in runs and tables.
        embedding_dim: of a character.
        hidden_size: of h_j.
        window: characters on each side that h_j sees.
    """

    name: str
    embedding_dim: int = 30
    hidden_size: int = 60
    window: int = 2

    def __post_init__(self) -> None:
        check_range("embedding_dim", self.embedding_dim, 1)
        check_range("hidden_size", self.hidden_size, 1)
        check_range("window", self.window, 0, 20)

    def build(self, num_characters: int, word_dim: int) -> nn.Module:
        """Build the encoder for `num_characters` rows of the character table, padding included."""
        return CharAttention(num_characters, self)


@dataclass
class NoCharactersConfig:
    """Word vectors alone: conf/char/none.yaml."""

    name: str

    def build(self, num_characters: int, word_dim: int) -> None:
        """Build nothing."""


class CharacterWindow(nn.Module):
    """Character embeddings e_j, and h_j over the window around each character."""

    def __init__(self, num_characters: int, embedding_dim: int, hidden_size: int, window: int) -> None:
        super().__init__()
        self.window = window
        # Uniform in [0, 1] (the paper), each vector of length 1 (its program). Row 0 is padding: zero, no parameter.
        vectors = torch.rand(num_characters - 1, embedding_dim)
        self.embedding = nn.Parameter(vectors / vectors.norm(dim=1, keepdim=True))
        positions = 2 * window + 1
        columns = positions * embedding_dim
        self.weight = paper_uniform(positions, hidden_size, embedding_dim, rows=hidden_size, columns=columns)
        self.bias = paper_uniform(hidden_size, rows=hidden_size, columns=columns)

    def forward(self, characters: Tensor, forms: Tensor) -> tuple[Tensor, Tensor]:
        """Return e (C, E) and h (C, H) of characters (C,) that belong to forms (C,)."""
        vectors = nn.functional.pad(self.embedding, (0, 0, 1, 0))
        positions, hidden_size, _ = self.weight.shape
        # (characters * P, H): the product of each character with the weights of each position of the window.
        table = torch.einsum("ce,phe->cph", vectors, self.weight).reshape(-1, hidden_size)
        index = neighbours(characters, forms, self.window) * positions
        index = index + torch.arange(positions, device=characters.device)
        return nn.functional.embedding(characters, vectors), torch.tanh(gather_sum(table, index) + self.bias)


class CharAttention(nn.Module):
    """R_c by the paper's equations; see the top of this file."""

    def __init__(self, num_characters: int, config: CharAttentionConfig) -> None:
        super().__init__()
        self.size = config.embedding_dim
        self.window = CharacterWindow(num_characters, config.embedding_dim, config.hidden_size, config.window)
        self.score = paper_uniform(self.size, config.hidden_size, rows=self.size, columns=config.hidden_size)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Return R_c, (W, E), from characters (C,), their forms (C,) and word vectors (W, D)."""
        embedded, hidden = self.window(characters, forms)
        return attend(hidden @ self.score.T, embedded, forms, len(words))


def neighbours(characters: Tensor, forms: Tensor, window: int) -> Tensor:
    """Return the window around each character, `window` on each side, 0 beyond the ends of its word, (C, P).

    >>> neighbours(torch.tensor([5, 6, 7]), torch.tensor([0, 0, 1]), window=1).tolist()
    [[0, 5, 6], [5, 6, 0], [0, 7, 0]]
    """
    around = nn.functional.pad(characters, (window, window)).unfold(0, 2 * window + 1, 1)
    owners = nn.functional.pad(forms, (window, window), value=-1).unfold(0, 2 * window + 1, 1)
    return torch.where(owners == forms[:, None], around, 0)


def attend(scores: Tensor, values: Tensor, forms: Tensor, num_forms: int) -> Tensor:
    """Compute sum_j a_j * v_j with a_j = exp(s_j) / sum_i exp(s_i), by dimension, over the characters of each form.

    Args:
        scores: s, (C, D).
        values: v, (C, D).
        forms: the form of each character, (C,).
        num_forms: W.

    Returns:
        (W, D).
    """
    with torch.no_grad():  # the largest score of each form, for exp to stay in range; it cancels
        owner = forms[:, None].expand_as(scores)
        top = scores.new_zeros(num_forms, scores.shape[1]).scatter_reduce(0, owner, scores, "amax", include_self=False)
    exps = torch.exp(scores - top.index_select(0, forms))
    sums = torch.cat([exps * values, exps], dim=1)
    total = sums.new_zeros(num_forms, sums.shape[1]).index_add(0, forms, sums)
    return total[:, : values.shape[1]] / total[:, values.shape[1] :]
