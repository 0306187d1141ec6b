"""Attention over the characters of a word (Lyu et al. 2017, Input layer), with one weight for each dimension.

Each character's hidden vector sees the two characters on both sides of it: h_j = tanh(W_c [e_j-2 .. e_j+2] + b_c).
Two forms of attention follow:

`attention`, the paper's equations: t_j = exp(W_t h_j + U_t e_w + b_t), a_j = t_j / sum_i t_i, and the word is
R = sum_j a_j * e_j over the character embeddings. The factor exp(U_t e_w + b_t) is the same for every character of the
word and cancels in a_j, so U_t and b_t have no part in R and no gradient: they are left out here.

`attention_hidden`, what the paper's program does: m_j = tanh(W h_j + U e_w + b), s_j = exp(V m_j),
a_j = s_j / sum_i s_i, and R = sum_j a_j * h_j over the hidden vectors. Here the word's own vector does steer the
attention.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bner.model.gather_sum import gather_sum
from bner.model.initialization import Affine, paper_uniform

CHARACTER_WIDTH = 30
HIDDEN_WIDTH = 60
REACH = 2  # characters on each side


class CharacterWindow(nn.Module):
    """Character embeddings, and h_j over the window around each character."""

    def __init__(self, num_characters: int) -> None:
        super().__init__()
        # Uniform in [0, 1] (the paper), each vector of length 1 (its program). Row 0 lies around the words: zero.
        vectors = torch.rand(num_characters - 1, CHARACTER_WIDTH)
        self.embedding = nn.Parameter(vectors / vectors.norm(dim=1, keepdim=True))
        places = 2 * REACH + 1
        columns = places * CHARACTER_WIDTH
        self.weight = paper_uniform(places, HIDDEN_WIDTH, CHARACTER_WIDTH, rows=HIDDEN_WIDTH, columns=columns)
        self.bias = paper_uniform(HIDDEN_WIDTH, rows=HIDDEN_WIDTH, columns=columns)

    def forward(self, characters: Tensor, forms: Tensor) -> tuple[Tensor, Tensor]:
        """Characters (C,) and the forms that they belong to (C,); returns e (C, 30) and h (C, 60)."""
        vectors = nn.functional.pad(self.embedding, (0, 0, 1, 0))
        places = len(self.weight)
        # (characters * places, 60): what each character adds to h at each place of the window.
        table = torch.einsum("ce,phe->cph", vectors, self.weight).reshape(-1, HIDDEN_WIDTH)
        index = neighbours(characters, forms, REACH) * places + torch.arange(places, device=characters.device)
        return nn.functional.embedding(characters, vectors), torch.tanh(gather_sum(table, index) + self.bias)


def neighbours(characters: Tensor, forms: Tensor, reach: int) -> Tensor:
    """For each character the window around it, `reach` on each side, 0 beyond the ends of its word.

    >>> neighbours(torch.tensor([5, 6, 7]), torch.tensor([0, 0, 1]), reach=1).tolist()
    [[0, 5, 6], [5, 6, 0], [0, 7, 0]]
    """
    around = nn.functional.pad(characters, (reach, reach)).unfold(0, 2 * reach + 1, 1)
    owners = nn.functional.pad(forms, (reach, reach), value=-1).unfold(0, 2 * reach + 1, 1)
    return torch.where(owners == forms[:, None], around, 0)


def weighted_mean(scores: Tensor, values: Tensor, forms: Tensor, num_forms: int) -> Tensor:
    """sum_j a_j * v_j with a_j = exp(s_j) / sum_i exp(s_i), dimension by dimension, over the characters of each form.

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


class CharAttention(nn.Module):
    """The paper's equations; see the top of this file."""

    width = CHARACTER_WIDTH

    def __init__(self, num_characters: int, word_width: int) -> None:
        super().__init__()
        self.window = CharacterWindow(num_characters)
        self.score = paper_uniform(CHARACTER_WIDTH, HIDDEN_WIDTH, rows=CHARACTER_WIDTH, columns=HIDDEN_WIDTH)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Characters (C,), their forms (C,) and word vectors (W, D); returns R (W, 30)."""
        embedded, hidden = self.window(characters, forms)
        return weighted_mean(hidden @ self.score.T, embedded, forms, len(words))


class CharAttentionHidden(nn.Module):
    """What the paper's program does; see the top of this file."""

    width = HIDDEN_WIDTH

    def __init__(self, num_characters: int, word_width: int) -> None:
        super().__init__()
        self.window = CharacterWindow(num_characters)
        self.hidden = paper_uniform(HIDDEN_WIDTH, HIDDEN_WIDTH, rows=HIDDEN_WIDTH, columns=HIDDEN_WIDTH)
        self.word = Affine(word_width, HIDDEN_WIDTH)
        self.score = paper_uniform(HIDDEN_WIDTH, HIDDEN_WIDTH, rows=HIDDEN_WIDTH, columns=HIDDEN_WIDTH)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Characters (C,), their forms (C,) and word vectors (W, D); returns R (W, 60)."""
        _, hidden = self.window(characters, forms)
        mixed = torch.tanh(hidden @ self.hidden.T + self.word(words).index_select(0, forms))
        return weighted_mean(mixed @ self.score.T, hidden, forms, len(words))
