"""Word dropout: tokens of a batch whose word vector is UNKNOWN's, while they keep their characters."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from bner.model.batch import Batch


def drop_words(batch: Batch, rate: float) -> Batch:
    """Drop the words of a batch at random, each token by itself.

    A dropped token refers to a second row of its form, with the same characters and UNKNOWN's word vector, so that
    whatever is computed once for each form still is.

    Args:
        batch: without slots of a cache.
        rate: probability of dropping the word of a token.
    """
    if not rate:
        return batch
    return with_unknown(batch, torch.rand(batch.index.shape, device=batch.index.device) < rate)


def with_unknown(batch: Batch, dropped: Tensor) -> Batch:
    """Give UNKNOWN's word vector to the tokens that are dropped, (B, T); padding stays padding."""
    num_forms = len(batch.words)
    dropped = dropped & (batch.index < num_forms)
    forms, row = batch.index[dropped].unique(return_inverse=True)
    index = torch.where(batch.index < num_forms, batch.index, num_forms + len(forms))
    index[dropped] = num_forms + row
    sizes = batch.character_forms.bincount(minlength=num_forms)
    begins, copied = (sizes.cumsum(0) - sizes)[forms], sizes[forms]
    owners = torch.repeat_interleave(copied)  # of each copied character, counted from the first second row
    positions = torch.arange(len(owners), device=owners.device) - (copied.cumsum(0) - copied)[owners]
    return replace(
        batch,
        words=torch.cat([batch.words, torch.zeros_like(forms)]),
        characters=torch.cat([batch.characters, batch.characters[begins[owners] + positions]]),
        character_forms=torch.cat([batch.character_forms, num_forms + owners]),
        index=index,
    )
