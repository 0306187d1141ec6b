"""Characters of word forms: embeddings, windows around each of them, attention over those of a form."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bner.model.initialization import paper_uniform
from bner.model.kernels.gather_sum import gather_sum


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
