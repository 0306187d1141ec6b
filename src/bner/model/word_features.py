"""R_w, the input of the encoder for each distinct word form of a batch: its word vector and what stands beside it."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from bner.model.batch import Batch
from bner.model.context import ContextMix
from bner.model.trained_vectors import TrainedVectors


class WordFeatures(nn.Module):
    """R_w: the word vector of each word form and its character vector; of each token its contextual vector, too.

    Args:
        vectors: the table of word vectors, row 0 is UNKNOWN, (rows, D).
        characters: the character encoder, or None.
        finetune: whether the word vectors are parameters.
        sparse: whether their gradient holds only the rows that a batch looks up.
        trained: trained vectors beside the table's, or None.
        context: the contextual vectors of tokens, or None.

    Attributes:
        form_dims: dimensions of the parts that belong to a word form: `forward`.
        token_dims: dimensions of the parts that belong to a token: `contexts`.
        dims: dimensions of all parts: `tokens`.
    """

    def __init__(
        self,
        vectors: Tensor,
        characters: nn.Module | None,
        finetune: bool,
        sparse: bool = False,
        trained: TrainedVectors | None = None,
        context: ContextMix | None = None,
    ) -> None:
        super().__init__()
        self.finetune, self.sparse = finetune, finetune and sparse
        if finetune:
            self.register_parameter("vectors", nn.Parameter(vectors.clone()))
        else:  # not in checkpoints: the vector file has them
            self.register_buffer("vectors", vectors, persistent=False)
        self.vectors: Tensor
        self.trained = trained
        self.characters = characters
        self.context = context
        beside = [part for part in (trained, characters) if part is not None]
        self.form_dims = [vectors.shape[1], *(int(part.size) for part in beside)]  # type: ignore[arg-type]
        self.token_dims = [] if context is None else [context.size]
        self.dims = [*self.form_dims, *self.token_dims]

    def forward(self, batch: Batch) -> list[Tensor]:
        """Return the word vectors and, where there are any, trained and character vectors, (W, D) each."""
        words = batch.vectors
        if words is None:
            words = embedding(batch.words, self.vectors, sparse=self.sparse)
        parts = [words]
        if self.trained is not None:
            parts.append(self.trained(batch.words))
        if self.characters is not None:
            parts.append(self.characters(batch.characters, batch.character_forms, words))
        return parts

    def tokens(self, batch: Batch) -> list[Tensor]:
        """Return all vectors of each token, (B, T, D) each, zero at padding."""
        return [*of_tokens(self(batch), batch.index), *self.contexts(batch)]

    def contexts(self, batch: Batch) -> list[Tensor]:
        """Return the contextual vectors of the tokens, (B, T, D), in a list, which is empty without a context."""
        if self.context is None:
            return []
        assert batch.context is not None  # whoever makes batches reads the context of this network
        return [self.context(batch.context)]

    def parameters_of(self, words: Tensor) -> list[Tensor]:
        """Return what is trained of the vectors of these rows, (W,) to (W, D) each: nothing where all are frozen."""
        tuned = [embedding(words, self.vectors, sparse=self.sparse)] if self.finetune else []
        return tuned if self.trained is None else [*tuned, self.trained(words)]


def of_tokens(parts: list[Tensor], index: Tensor) -> list[Tensor]:
    """Return for each token, (B, T), its form's row of each part, (W, D) each: (B, T, D) each, zero at padding."""
    return [embedding(index, pad(part, (0, 0, 0, 1))) for part in parts]
