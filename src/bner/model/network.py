"""The network of Lyu et al. 2017, Fig. 1, top to bottom.

    Tagger             emissions from the encoder's states, read by a decoder
    RecurrentEncoder   words in windows, recurrent layers in one or both directions, a tanh layer: states (B, T, H)
    WordFeatures       the word vector and the character vector of each distinct word form

Character encoders are in char_attention.py and its neighbours, decoders in decoders.py, kernels in kernels/. The
letters of tensor shapes are explained in the package's docstring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from bner.errors import check_choice, check_range
from bner.model.batch import Batch
from bner.model.dropout import Dropout
from bner.model.initialization import Affine, paper_uniform
from bner.model.kernels import library
from bner.model.kernels.gather_sum import gather_sum
from bner.model.kernels.peephole_lstm import peephole_lstm
from bner.model.kernels.recurrence import LSTM_GATES, elman, lstm
from bner.model.sequences import reverse, reversed_positions, windows


class WordFeatures(nn.Module):
    """R_w: the word vector of each word form and, beside it, its character vector.

    Args:
        vectors: the table of word vectors, row 0 is UNKNOWN, (rows, D).
        characters: the character encoder, or None.
        finetune: whether the word vectors are parameters.
        sparse: whether their gradient holds only the rows that a batch looks up.
    """

    def __init__(self, vectors: Tensor, characters: nn.Module | None, finetune: bool, sparse: bool = False) -> None:
        super().__init__()
        self.finetune, self.sparse = finetune, finetune and sparse
        if finetune:
            self.register_parameter("vectors", nn.Parameter(vectors.clone()))
        else:  # not in checkpoints: the vector file has them
            self.register_buffer("vectors", vectors, persistent=False)
        self.vectors: Tensor
        self.characters = characters
        self.dims = [vectors.shape[1]]
        if characters is not None:
            self.dims.append(int(characters.size))  # type: ignore[arg-type]

    def forward(self, batch: Batch) -> list[Tensor]:
        """Return the word vectors and, if there are characters, the character vectors, (W, D) each."""
        words = batch.vectors
        if words is None:
            words = embedding(batch.words, self.vectors, sparse=self.sparse)
        if self.characters is None:
            return [words]
        return [words, self.characters(batch.characters, batch.character_forms, words)]

    def tokens(self, batch: Batch) -> list[Tensor]:
        """Return the same for each token, (B, T, D) each, zero at padding."""
        return [embedding(batch.index, pad(part, (0, 0, 0, 1))) for part in self(batch)]


class Encoder(nn.Module):
    """Base class of encoders: a batch in, states (B, T, size) out.

    Args:
        words: the features of the word forms of a batch.

    Attributes:
        size: dimensions of a state; a subclass sets it.
    """

    size: int

    def __init__(self, words: WordFeatures) -> None:
        super().__init__()
        self.words = words

    def new_cache(self, slots: int) -> Tensor | None:
        """Return an empty cache for what the encoder computes of a word form alone, None where it keeps nothing.

        A cache is valid as long as the weights stay the same.
        """
        return None

    def forward(self, batch: Batch, cache: Tensor | None = None) -> Tensor:
        """Return the states, (B, T, size); padding may hold anything."""
        raise NotImplementedError


@dataclass
class RecurrentEncoderConfig:
    """Settings of `RecurrentEncoder`: conf/model.

    Attributes:
        name: the model's name in runs and tables.
        cell: `lstm` or `rnn` (Elman).
        bidirectional: whether a second direction reads each sentence from its end.
        layers: recurrent layers; the paper has one.
        hidden_size: of the recurrent state, in each direction.
        feature_size: of the tanh layer above them (f1 in the paper); None leaves the layer out.
        window: words on each side of a token that the first layer sees; the paper has 2.
        peepholes: whether the LSTM's gates see its cell state, as in the paper's program.
        dropout: probability of dropping a value of the inputs, states and outputs alike; the paper has none.
        input_dropout: of the word and character vectors; None is `dropout`.
        state_dropout: of each recurrent layer's states; None is `dropout`.
        output_dropout: of the tanh layer; None is `dropout`.
        locked_dropout: whether all tokens of a sentence share a mask (Gal and Ghahramani 2016).
    """

    name: str
    cell: str = "lstm"
    bidirectional: bool = True
    layers: int = 1
    hidden_size: int = 100
    feature_size: int | None = 100
    window: int = 2
    peepholes: bool = False
    dropout: float = 0.0
    input_dropout: float | None = None
    state_dropout: float | None = None
    output_dropout: float | None = None
    locked_dropout: bool = False

    def __post_init__(self) -> None:
        check_choice("cell", self.cell, ("lstm", "rnn"))
        if self.peepholes:
            check_choice("cell", self.cell, ("lstm",))
        for key in ("layers", "hidden_size", "feature_size"):
            check_range(key, getattr(self, key), 1)
        check_range("window", self.window, 0, 10)
        for key in ("dropout", "input_dropout", "state_dropout", "output_dropout"):
            check_range(key, getattr(self, key), 0, 0.95)

    def build(self, words: WordFeatures) -> RecurrentEncoder:
        """Build the encoder over these word features."""
        return RecurrentEncoder(words, self)


class RecurrentLayer(nn.Module):
    """A recurrent layer in N directions over windows x_t = R_t-2 .. R_t+2 of its inputs, zero outside the sentence.

    Each part of the inputs has weights of its own, so that frozen word vectors get no gradient.

    Args:
        config: the encoder's settings.
        dims: dimensions of each part of the inputs.
        window: words on each side.
    """

    def __init__(self, config: RecurrentEncoderConfig, dims: Sequence[int], window: int) -> None:
        super().__init__()
        self.cell, self.window = config.cell, window
        directions, hidden_size = 1 + config.bidirectional, config.hidden_size
        positions = 2 * window + 1
        columns = positions * sum(dims)
        self.rows = hidden_size * (LSTM_GATES if config.cell == "lstm" else 1)  # G H
        # Every gate is a layer of its own, so the bounds follow from the rows of one gate.
        self.bias = paper_uniform(directions, 1, self.rows, rows=hidden_size, columns=columns)
        self.recurrent = paper_uniform(directions, hidden_size, self.rows, rows=hidden_size, columns=hidden_size)
        self.inputs = nn.ParameterList(
            paper_uniform(dim, directions, positions, self.rows, rows=hidden_size, columns=columns) for dim in dims
        )
        self.peepholes = (
            paper_uniform(directions, 3, hidden_size, rows=hidden_size, columns=hidden_size)
            if config.peepholes
            else None
        )
        self.use_library: bool | None = None  # the device's kernels; None: on a GPU

    @property
    def has_library_kernel(self) -> bool:
        """Return whether the layer runs by the device's own kernel, which knows no peepholes."""
        wanted = self.bias.is_cuda if self.use_library is None else self.use_library
        return wanted and self.peepholes is None

    def forward(self, parts: Sequence[Tensor], lengths: Tensor) -> Tensor:
        """Return [forward ; backward] for each token, (B, T, N H), from the parts of its input, (B, T, D) each."""
        directions = len(self.bias)
        if self.has_library_kernel:
            x = windows(torch.cat(list(parts), 2), self.window)  # (B, T, P D)
            weight = torch.cat([part.permute(1, 2, 0, 3) for part in self.inputs], 2).flatten(1, 2)  # (N, P D, G H)
            read = [x] if directions == 1 else [x, reverse(x, lengths)]
            states = library.states(self.cell, read, weight, self.recurrent, self.bias)
        else:
            given = self.bias.flatten()
            for part, weight in zip(parts, self.inputs, strict=True):  # weight: (D, N, P, G H)
                given = given + windows(part, self.window) @ weight.permute(2, 0, 1, 3).flatten(0, 1).flatten(1)
            by_direction = list(given.unflatten(2, (directions, self.rows)).unbind(2))  # N times (B, T, G H)
            if directions == 2:
                by_direction[1] = reverse(by_direction[1], lengths)
            states = self._run(torch.stack(by_direction).permute(2, 0, 1, 3).contiguous())
        return _side_by_side(states, lengths)

    def form_products(self, parts: Sequence[Tensor]) -> Tensor:
        """Multiply each word form with the weights of each direction and window position.

        The products of a window's words add up to the window's product, so that they are computed once for each
        distinct word form and not for each token and position. The bias is added at the middle position.

        Args:
            parts: word and character vectors of each form, (W, D) each.

        Returns:
            (W + 1, N P G H); the last row is padding and adds nothing.
        """
        bias = pad(self.bias, (0, 0, self.window, self.window)).flatten()  # (N P G H,)
        products = bias
        for part, weight in zip(parts, self.inputs, strict=True):
            products = torch.addmm(products, pad(part, (0, 0, 0, 1)), weight.flatten(1))
        return products

    def from_products(self, products: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """Return [forward ; backward] for each token, (B, T, N H), from rows of `form_products`.

        Args:
            products: (rows, N P G H), the last row for padding.
            index: the row of each token, the last one at padding, (B, T).
            lengths: (B,).
        """
        _, directions, positions, _ = self.inputs[0].shape
        around = pad(index, (self.window, self.window), value=len(products) - 1).unfold(1, positions, 1)  # (B, T, P)
        by_direction = [around]
        if directions == 2:
            order = reversed_positions(lengths, index.shape[1])[..., None].expand_as(around)
            by_direction.append(around.gather(1, order))
        rows = torch.stack(by_direction).permute(2, 0, 1, 3)  # (T, N, B, P)
        offsets = torch.arange(directions * positions, device=index.device).view(directions, 1, positions)
        rows = rows * (directions * positions) + offsets
        given = gather_sum(products.view(-1, self.rows), rows.flatten(0, 2)).view(*rows.shape[:3], self.rows)
        return _side_by_side(self._run(given), lengths)

    def _run(self, given: Tensor) -> Tensor:
        """Run the recurrence over pre-activations, (T, N, B, G H) to (T, N, B, H)."""
        if self.peepholes is not None:
            return peephole_lstm(given, self.recurrent, self.peepholes)
        return (lstm if self.cell == "lstm" else elman)(given, self.recurrent)


class RecurrentEncoder(Encoder):
    """Recurrent layers over windows of words, and a tanh layer: tanh(W_f [forward ; backward] + b_f)."""

    def __init__(self, words: WordFeatures, config: RecurrentEncoderConfig) -> None:
        super().__init__(words)
        states = (1 + config.bidirectional) * config.hidden_size
        self.first = RecurrentLayer(config, words.dims, config.window)
        self.others = nn.ModuleList(RecurrentLayer(config, [states], window=0) for _ in range(config.layers - 1))
        self.features = None if config.feature_size is None else Affine(states, config.feature_size)
        self.size = config.feature_size or states
        rates = (config.input_dropout, config.state_dropout, config.output_dropout)
        self.input_dropout, self.state_dropout, self.output_dropout = (
            Dropout(config.dropout if rate is None else rate, config.locked_dropout) for rate in rates
        )

    def new_cache(self, slots: int) -> Tensor | None:
        """Return a cache for `RecurrentLayer.form_products`; a BLSTM of 100 units takes 16 kB a slot."""
        if self.first.has_library_kernel:
            return None
        # Not filled with zeros, so that a slot takes memory only once it is written to.
        cache = self.first.bias.new_empty(slots + 1, self.first.inputs[0][0].numel())
        cache[slots] = 0
        return cache

    def forward(self, batch: Batch, cache: Tensor | None = None) -> Tensor:
        """Return the states, (B, T, size)."""
        first = self.first
        if first.has_library_kernel or (self.training and self.input_dropout.rate):
            # Each token has an input of its own, and so nothing is computed once a word form.
            states: Tensor = first([self.input_dropout(part) for part in self.words.tokens(batch)], batch.lengths)
        elif cache is None:
            states = first.from_products(first.form_products(self.words(batch)), batch.index, batch.lengths)
        else:
            if batch.slots is not None and len(batch.slots):
                cache.index_copy_(0, batch.slots, first.form_products(self.words(batch))[:-1])
            states = first.from_products(cache, batch.index, batch.lengths)
        states = self.state_dropout(states)
        for layer in self.others:
            states = self.state_dropout(layer([states], batch.lengths))
        if self.features is not None:
            states = self.output_dropout(torch.tanh(self.features(states)))
        return states


class Decoder(nn.Module):
    """Base class of decoders of emissions (B, T, K) with lengths (B,)."""

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Return -log P(labels) of each sentence, (B,), for gold labels (B, T)."""
        raise NotImplementedError

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the label of each token, (B, T), 0 at padding."""
        raise NotImplementedError

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each label of each token, (B, T, K), 0 at padding."""
        raise NotImplementedError


class DecoderConfig(Protocol):
    """Settings that build a decoder for K labels: conf/decoder, see decoders.py."""

    def build(self, num_labels: int) -> Decoder:
        """Build the decoder."""


class Tagger(nn.Module):
    """Emissions W [states] + b for each token and label, and a decoder that reads them.

    Args:
        encoder: states of the tokens.
        decoder: settings of the decoder.
        num_labels: K.
    """

    def __init__(self, encoder: Encoder, decoder: DecoderConfig, num_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.output = Affine(encoder.size, num_labels)
        self.decoder = decoder.build(num_labels)

    def forward(self, batch: Batch, cache: Tensor | None = None) -> Tensor:
        """Return the emissions, (B, T, K)."""
        out: Tensor = self.output(self.encoder(batch, cache))
        return out

    def loss(self, batch: Batch, labels: Tensor) -> Tensor:
        """Return -log P(labels) of each sentence, (B,), for gold labels (B, T)."""
        return self.decoder.loss(self(batch), labels, batch.lengths)

    @torch.no_grad()
    def decode(self, batch: Batch, cache: Tensor | None = None) -> Tensor:
        """Return the label of each token, (B, T), 0 at padding."""
        return self.decoder.decode(self(batch, cache), batch.lengths)


def _side_by_side(states: Tensor, lengths: Tensor) -> Tensor:
    """Turn (T, N, B, H), the second direction reversed, into (B, T, N H), both in the order of the sentence."""
    if states.shape[1] == 1:
        return states[:, 0].transpose(0, 1)
    forward, backward = states.permute(1, 2, 0, 3)
    return torch.cat([forward, reverse(backward, lengths)], 2)
