"""Attention over characters as the paper's program computes it: over hidden vectors, steered by the word's vector.

m_j = tanh(W h_j + U e_w + b), s_j = exp(V m_j), a_j = s_j / sum_i s_i and R_c = sum_j a_j * h_j, with h_j as in
`CharAttention`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bner.model.characters import CharacterWindow, attend
from bner.model.initialization import Affine, paper_uniform
from bner.model.network import CharAttentionConfig


@dataclass
class CharAttentionHiddenConfig(CharAttentionConfig):
    """Settings of `CharAttentionHidden`: conf/char/attention_hidden.yaml."""

    def build(self, num_characters: int, word_dim: int) -> nn.Module:
        """Build the encoder for `num_characters` rows of the character table, padding included."""
        return CharAttentionHidden(num_characters, word_dim, self)


class CharAttentionHidden(nn.Module):
    """R_c by the program's equations; see the top of this file."""

    def __init__(self, num_characters: int, word_dim: int, config: CharAttentionHiddenConfig) -> None:
        super().__init__()
        size = self.size = config.hidden_size
        self.window = CharacterWindow(num_characters, config.embedding_dim, size, config.window)
        self.hidden = paper_uniform(size, size, rows=size, columns=size)
        self.word = Affine(word_dim, size)
        self.score = paper_uniform(size, size, rows=size, columns=size)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Return R_c, (W, H), from characters (C,), their forms (C,) and word vectors (W, D)."""
        _, hidden = self.window(characters, forms)
        mixed = torch.tanh(hidden @ self.hidden.T + self.word(words).index_select(0, forms))
        return attend(mixed @ self.score.T, hidden, forms, len(words))
