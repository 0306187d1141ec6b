"""States of frozen language models for the tokens of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from bner.context.folder import DIRECTIONS, read_models
from bner.corpora.bies import LabelSet
from bner.data.encoding import FormEncoder
from bner.data.streaming import stream_batches
from bner.data.vocabulary import Vocabulary
from bner.model.context import Progress
from bner.model.language_model import backwards, token_states
from bner.model.sequences import mask

_BATCH = 128  # sentences


class LanguageModelStates:
    """Reads sentences with the language models of a folder; a `bner.model.context.Read`.

    Args:
        folder: of the language model.
        layers: the layers whose states are returned, 0 is the projected input; None is all of them.

    Attributes:
        layers: S, how many these are.
        size: dimensions of the states of both directions together.

    Raises:
        BnerError: see `bner.context.folder.read_models`.
    """

    def __init__(self, folder: Path, layers: Sequence[int] | None = None) -> None:
        inputs, self._models = read_models(folder)
        vocabulary = Vocabulary(("", *inputs.words), inputs.characters, LabelSet(()), inputs.digits)
        self._encode = FormEncoder(vocabulary)
        self._chosen = list(range(1 + inputs.sizes.layers) if layers is None else layers)
        self.layers = len(self._chosen)
        self.size = len(DIRECTIONS) * inputs.sizes.hidden_size
        self._known: dict[tuple[str, ...], Tensor] = {}

    def __deepcopy__(self, memo: object) -> LanguageModelStates:
        """Return the same object: nothing in it changes when a network is trained."""
        return self

    @torch.no_grad()
    def __call__(self, sentences: Sequence[Sequence[str]], device: torch.device) -> Tensor:
        """Return the states of each token in 16 bits, (B, T, S, size), zero at padding; those remembered are copied."""
        longest = max(map(len, sentences))
        found = torch.zeros(len(sentences), longest, self.layers, self.size, dtype=torch.float16, device=device)
        new = []
        for number, tokens in enumerate(sentences):
            known = self._known.get(tuple(tokens)) if self._known else None
            if known is None:
                new.append((number, tokens))
            else:
                found[number, : len(tokens)] = known.to(device)
        for model in self._models.values():
            model.to(device)
        for batch in stream_batches(new, self._encode, None, _BATCH):
            there = batch.to(device)
            inside = mask(there.lengths, there.index.shape[1])[..., None, None]
            both = []
            for name in DIRECTIONS:
                is_back = name == "backward"
                found_states = self._models[name](backwards(there) if is_back else there)
                both.append(token_states([found_states[each] for each in self._chosen], there.lengths, is_back))
            states = torch.where(inside, torch.cat(both, 3), 0).half()
            found[there.sentences, : states.shape[1]] = states
        return found

    def of_tokens(self, sentences: Sequence[Sequence[str]], device: torch.device, progress: Progress) -> Tensor:
        """Return the states of all tokens one after another, (tokens, S, size), on the CPU.

        Args:
            sentences: the tokens of each.
            device: that computes them.
            progress: called with the number of tokens so far.
        """
        starts = torch.tensor([0, *map(len, sentences)]).cumsum(0).tolist()
        states = torch.empty(starts[-1], self.layers, self.size, dtype=torch.float16)
        order = sorted(range(len(sentences)), key=lambda number: len(sentences[number]))
        done = 0
        for first in range(0, len(order), _BATCH):
            part = order[first : first + _BATCH]
            for number, found in zip(part, self([sentences[each] for each in part], device), strict=True):
                states[starts[number] : starts[number + 1]] = found[: len(sentences[number])].cpu()
                done += len(sentences[number])
            progress(done)
        return states

    def remember(self, sentences: Sequence[Sequence[str]], device: torch.device, progress: Progress) -> None:
        """Compute the states of these sentences now, and keep them for when they are read again."""
        states = self.of_tokens(sentences, device, progress)
        for tokens, part in zip(sentences, states.split([len(tokens) for tokens in sentences]), strict=True):
            self._known[tuple(tokens)] = part
