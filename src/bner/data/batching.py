"""Make batches of encoded sentences, each over the distinct word forms that its sentences have in common."""

from __future__ import annotations

import torch
from torch import Tensor

from bner.data.encoding import EncodedSentences, Forms
from bner.model.batch import Batch


def make_batch(part: EncodedSentences, forms: Forms, sentences: Tensor, context: Tensor | None = None) -> Batch:
    """Make the batch of the sentences with these numbers, (B,).

    Args:
        part: the sentences.
        forms: their word forms.
        sentences: the numbers.
        context: states of a frozen network for all tokens of the part, (tokens, S, D).
    """
    lengths = part.lengths[sentences]
    longest = int(lengths.max())
    positions = torch.arange(longest)
    inside = positions < lengths[:, None]
    tokens = (part.starts[sentences, None] + positions)[inside]
    distinct, form = part.forms[tokens].unique(return_inverse=True)
    index = torch.full((len(sentences), longest), len(distinct))
    index[inside] = form
    labels = torch.zeros_like(index)
    labels[inside] = part.labels[tokens]
    states: Tensor | None = None
    if context is not None:
        states = context.new_zeros(*index.shape, *context.shape[1:])
        states[inside] = context[tokens]
    sizes = forms.starts[distinct + 1] - forms.starts[distinct]
    character_forms = torch.repeat_interleave(sizes)
    first = sizes.cumsum(0) - sizes
    characters = torch.arange(len(character_forms)) + (forms.starts[distinct] - first)[character_forms]
    return Batch(
        words=forms.words[distinct],
        characters=forms.characters[characters],
        character_forms=character_forms,
        index=index,
        labels=labels,
        lengths=lengths,
        sentences=sentences,
        num_tokens=len(tokens),
        context=states,
    )
