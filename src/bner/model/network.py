"""The network of Lyu et al. 2017, Fig. 1, from its inputs to its labels.

    CharAttention      the character vector of each distinct word form
    WordFeatures       its word vector, and its character vector beside it: word_features.py
    RecurrentEncoder   windows of words, recurrent layers in one or both directions, a tanh layer: states (B, T, H)
    CRFDecoder         from emissions (B, T, K) to labels
    Tagger             all of it: emissions from the encoder's states, read by a decoder

Settings stand before the class that they build. Other character encoders are in char_*.py, softmax in softmax.py; word
features, the recurrent layer and kernels/ lie beneath. The letters of tensor shapes are explained in the package's
docstring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from bner.errors import check_choice, check_range
from bner.model.batch import Batch
from bner.model.characters import CharacterWindow, attend
from bner.model.dropout import Dropout
from bner.model.initialization import Affine, paper_uniform
from bner.model.kernels import crf
from bner.model.legal import Floors, LegalLabels
from bner.model.links import LINKS, make_link
from bner.model.recurrent_layer import RecurrentLayer
from bner.model.word_features import WordFeatures, of_tokens


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


class CharAttention(nn.Module):
    """Attention over the characters of a word, with one weight for each dimension (Lyu et al. 2017, Input layer).

    Each character's hidden vector sees two characters on both sides: h_j = tanh(W_c [e_j-2 .. e_j+2] + b_c). The
    paper's equations are t_j = exp(W_t h_j + U_t e_w + b_t), a_j = t_j / sum_i t_i, R_c = sum_j a_j * e_j over the
    character embeddings. The factor exp(U_t e_w + b_t) is the same for every character of the word and cancels in a_j,
    so that U_t and b_t have no part in R_c and no gradient: they are left out here.
    """

    def __init__(self, num_characters: int, config: CharAttentionConfig) -> None:
        super().__init__()
        self.size = config.embedding_dim
        self.window = CharacterWindow(num_characters, config.embedding_dim, config.hidden_size, config.window)
        self.score = paper_uniform(self.size, config.hidden_size, rows=self.size, columns=config.hidden_size)

    def forward(self, characters: Tensor, forms: Tensor, words: Tensor) -> Tensor:
        """Return R_c, (W, E), from characters (C,), their forms (C,) and word vectors (W, D)."""
        embedded, hidden = self.window(characters, forms)
        return attend(hidden @ self.score.T, embedded, forms, len(words))


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
        input_dropout_by: what has a mask of its own in the inputs: each `token`, or each word `form` of a batch, so
            that the products of a form are still computed once.
        links: around the second and further recurrent layers: `none`, `residual` or `highway`.
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
    input_dropout_by: str = "token"
    links: str = "none"

    def __post_init__(self) -> None:
        check_choice("cell", self.cell, ("lstm", "rnn"))
        if self.peepholes:
            check_choice("cell", self.cell, ("lstm",))
        for key in ("layers", "hidden_size", "feature_size"):
            check_range(key, getattr(self, key), 1)
        check_range("window", self.window, 0, 10)
        for key in ("dropout", "input_dropout", "state_dropout", "output_dropout"):
            check_range(key, getattr(self, key), 0, 0.95)
        check_choice("input_dropout_by", self.input_dropout_by, ("token", "form"))
        check_choice("links", self.links, LINKS)

    def build(self, words: WordFeatures) -> RecurrentEncoder:
        """Build the encoder over these word features."""
        return RecurrentEncoder(words, self)


class RecurrentEncoder(Encoder):
    """Recurrent layers over windows of words, and a tanh layer: tanh(W_f [forward ; backward] + b_f)."""

    def __init__(self, words: WordFeatures, config: RecurrentEncoderConfig) -> None:
        super().__init__(words)
        states = (1 + config.bidirectional) * config.hidden_size
        cell, sizes, peepholes = config.cell, (config.hidden_size, 1 + config.bidirectional), config.peepholes
        self.first = RecurrentLayer(cell, words.form_dims, *sizes, config.window, peepholes, words.token_dims)
        self.others = nn.ModuleList(
            RecurrentLayer(cell, [states], *sizes, window=0, peepholes=peepholes) for _ in range(config.layers - 1)
        )
        self.links = nn.ModuleList(make_link(config.links, states) for _ in self.others)
        self.features = None if config.feature_size is None else Affine(states, config.feature_size)
        self.size = config.feature_size or states
        rates = (config.input_dropout, config.state_dropout, config.output_dropout)
        self.input_dropout, self.state_dropout, self.output_dropout = (
            Dropout(config.dropout if rate is None else rate, config.locked_dropout) for rate in rates
        )
        self.drops_by_form = config.input_dropout_by == "form"

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
        first, contexts = self.first, self.words.contexts(batch)
        drops_by_token = bool(self.training and self.input_dropout.rate) and not self.drops_by_form
        if first.has_library_kernel or drops_by_token:
            # Each token has an input of its own, and so nothing is computed once a word form.
            tokens = of_tokens(self._forms(batch), batch.index)
            if drops_by_token:
                tokens = [self.input_dropout(part) for part in tokens]
            states: Tensor = first(tokens, batch.lengths, contexts)
        elif cache is None:
            states = first.from_products(first.form_products(self._forms(batch)), batch.index, batch.lengths, contexts)
        else:
            if batch.slots is not None and len(batch.slots):
                cache.index_copy_(0, batch.slots, first.form_products(self.words(batch))[:-1])
            states = first.from_products(cache, batch.index, batch.lengths, contexts)
        states = self.state_dropout(states)
        for layer, link in zip(self.others, self.links, strict=True):
            states = link(states, self.state_dropout(layer([states], batch.lengths)))
        if self.features is not None:
            states = self.output_dropout(torch.tanh(self.features(states)))
        return states

    def _forms(self, batch: Batch) -> list[Tensor]:
        """Return the features of the word forms, (W, D) each, with their dropout where each form has a mask."""
        parts: list[Tensor] = self.words(batch)
        return [self.input_dropout(part[:, None])[:, 0] for part in parts] if self.drops_by_form else parts


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

    def constrain(self, legal: LegalLabels) -> None:
        """Take note of which label sequences are legal, for a decoder that makes use of it."""


@dataclass
class CRFConfig:
    """Settings of `CRFDecoder`: conf/decoder/crf.yaml.

    Attributes:
        name: the decoder's name in runs and tables.
        constrained: whether no illegal label sequence is decoded.
        constrained_training: whether illegal label sequences have no probability in training either.
    """

    name: str
    constrained: bool = False
    constrained_training: bool = False

    def __post_init__(self) -> None:
        if self.constrained_training:
            check_choice("constrained", self.constrained, (True,))

    def build(self, num_labels: int) -> CRFDecoder:
        """Build the decoder."""
        return CRFDecoder(num_labels, self.constrained, self.constrained_training)


class CRFDecoder(Decoder):
    """A CRF that decodes the labels of a sentence jointly; the transition scores are its only parameter."""

    def __init__(self, num_labels: int, constrained: bool = False, constrained_training: bool = False) -> None:
        super().__init__()
        self.transitions = paper_uniform(num_labels, num_labels, rows=num_labels, columns=num_labels)
        self.constrained, self.constrained_training = constrained, constrained_training
        self.floors: Floors | None = None

    def loss(self, emissions: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Return -log P(labels) of each sentence, (B,), from emissions (B, T, K), labels (B, T) and lengths (B,).

        Computed in 32-bit floats, whatever the emissions are and autocast says.
        """
        emissions = emissions.float()
        with torch.autocast(emissions.device.type, enabled=False):
            # Without floors, so that overlapping mentions, whose labels may be illegal, have a finite loss too.
            gold = crf.path_score(emissions, self.transitions, lengths, labels)
            scores = self._scores(emissions, lengths, self.constrained_training)
            return crf.log_partition(*scores, lengths) - gold

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the best path of each sentence, (B, T), 0 at padding."""
        return crf.viterbi(*self._scores(emissions.float(), lengths, self.constrained), lengths)

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each label of each token, (B, T, K), 0 at padding."""
        return crf.marginals(*self._scores(emissions.float(), lengths, self.constrained), lengths)

    def constrain(self, legal: LegalLabels) -> None:
        """Put floors under the scores of what is illegal, where the decoder is constrained."""
        self.floors = Floors(legal) if self.constrained else None

    def _scores(self, emissions: Tensor, lengths: Tensor, constrained: bool) -> tuple[Tensor, Tensor]:
        """Return emissions and transitions, with the floors if they are constrained."""
        if not constrained:
            return emissions, self.transitions
        if self.floors is None:
            raise ValueError("a constrained CRF needs to know what is legal: give it to Tagger")
        floored: tuple[Tensor, Tensor] = self.floors(emissions, self.transitions, lengths)
        return floored


class DecoderConfig(Protocol):
    """Settings that build a decoder for K labels: conf/decoder."""

    def build(self, num_labels: int) -> Decoder:
        """Build the decoder."""


class Tagger(nn.Module):
    """Emissions W [states] + b for each token and label, and a decoder that reads them.

    Args:
        encoder: states of the tokens.
        decoder: settings of the decoder.
        num_labels: K.
        legal: which label sequences are legal, for decoders that make use of it.
    """

    def __init__(
        self, encoder: Encoder, decoder: DecoderConfig, num_labels: int, legal: LegalLabels | None = None
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.output = Affine(encoder.size, num_labels)
        self.decoder = decoder.build(num_labels)
        if legal is not None:
            self.decoder.constrain(legal)

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
