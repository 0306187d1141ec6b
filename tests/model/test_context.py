"""Contextual vectors in the tagger: the mix, and the paths of the first layer that add them up with word forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from bner.data.streaming import FormSlots
from bner.model.batch import Batch
from bner.model.char_cnn import CharCNNConfig
from bner.model.context import ContextMix
from bner.model.network import CRFConfig, RecurrentEncoderConfig, Tagger, WordFeatures
from tests.model.networks import CHARACTERS, DIM, LABELS, LENGTHS, WORDS, make_batch

LAYERS, SIZE = 3, 5


def make_mix(dropout: float = 0.0, layers: int = LAYERS) -> ContextMix:
    mix = ContextMix(None, layers, SIZE, dropout)  # type: ignore[arg-type]
    with torch.no_grad():
        mix.scalars.copy_(torch.linspace(-1, 1, layers))
        mix.gamma.fill_(0.7)
    return mix


def batch_with_context() -> Batch:
    batch = make_batch()
    torch.manual_seed(6)
    states = torch.randn(3, 6, LAYERS, SIZE, dtype=torch.float64)
    states[torch.arange(6) >= torch.tensor(LENGTHS)[:, None]] = 0
    return replace(batch, context=states)


def make_tagger(dropout: float = 0.0, context_dropout: float = 0.0, **settings: Any) -> Tagger:
    torch.manual_seed(5)
    vectors = torch.randn(WORDS, DIM)
    characters = CharCNNConfig("cnn").build(CHARACTERS, DIM)
    words = WordFeatures(vectors, characters, finetune=False, context=make_mix(context_dropout))
    config = RecurrentEncoderConfig("test", hidden_size=4, feature_size=6, dropout=dropout, **settings)
    return Tagger(config.build(words), CRFConfig("crf"), LABELS).double()


def test_the_mix_is_the_formula_and_its_gradient_reaches_the_scalars() -> None:
    mix, states = make_mix(layers=2).double(), torch.randn(2, 3, 2, SIZE, dtype=torch.float64)
    weights = torch.tensor([-1.0, 1.0]).double().softmax(0)
    expected = 0.7 * (weights[0] * states[:, :, 0] + weights[1] * states[:, :, 1])
    torch.testing.assert_close(mix(states), expected, atol=1e-7, rtol=1e-6)
    mix(states).square().sum().backward()
    assert mix.scalars.grad is not None
    assert mix.scalars.grad.abs().min() > 0
    assert set(mix.state_dict()) == {"scalars", "gamma"}


@pytest.mark.parametrize(
    "settings", [{}, {"bidirectional": False}, {"window": 0}, {"cell": "rnn"}, {"peepholes": True}, {"layers": 2}],
    ids=str,
)  # fmt: skip
def test_products_of_word_forms_and_vectors_of_tokens_add_up(settings: dict[str, Any]) -> None:
    tagger, batch = make_tagger(**settings), batch_with_context()
    first, words, inside = tagger.encoder.first, tagger.encoder.words, batch.index < 6
    contexts = words.contexts(batch)
    by_forms = first.from_products(first.form_products(words(batch)), batch.index, batch.lengths, contexts)
    by_tokens = first(words.tokens(batch)[:-1], batch.lengths, contexts)
    torch.testing.assert_close(by_forms[inside], by_tokens[inside])
    parameters = list(first.parameters())
    gradients = [
        torch.autograd.grad(each[inside].sum(), parameters, retain_graph=True) for each in (by_forms, by_tokens)
    ]
    torch.testing.assert_close(*gradients)
    nothing = [torch.zeros_like(contexts[0])]
    without = first.from_products(first.form_products(words(batch)), batch.index, batch.lengths, nothing)
    assert not torch.allclose(by_forms[inside], without[inside])
    if not settings.get("peepholes"):
        first.use_library = True
        library = first(words.tokens(batch)[:-1], batch.lengths, contexts)
        torch.testing.assert_close(library[inside], by_tokens[inside])


def test_a_cache_of_word_forms_gives_the_same() -> None:
    tagger, batch = make_tagger().eval(), batch_with_context()
    memory = FormSlots(10)
    cache = tagger.encoder.new_cache(10)
    inside = batch.index < 6
    slots, _, new = memory.assign([str(form) for form in batch.index[inside].tolist()])
    order = torch.tensor([int(form) for form in dict.fromkeys(batch.index[inside].tolist())])
    # The batch's forms in the order of their slots.
    sizes = torch.bincount(batch.character_forms, minlength=6)
    starts = sizes.cumsum(0) - sizes
    characters = torch.cat([batch.characters[starts[form] : starts[form] + sizes[form]] for form in order.tolist()])
    index = torch.full_like(batch.index, 10)
    index[inside] = slots
    cached = replace(
        batch, words=batch.words[order], characters=characters,
        character_forms=torch.repeat_interleave(sizes[order]), index=index, slots=new,
    )  # fmt: skip
    torch.testing.assert_close(tagger(cached, cache)[inside], tagger(batch)[inside])


def test_dropout_of_the_input_leaves_the_context_to_its_own() -> None:
    batch = batch_with_context()
    for rates, differs in (((0.0, 0.0), False), ((0.5, 0.0), False), ((0.0, 0.5), True)):
        tagger = make_tagger(*rates)
        first, second = (tagger.encoder.words.contexts(batch)[0] for _ in range(2))
        assert torch.equal(first, second) != differs
        assert tagger(batch).isfinite().all()


def test_without_a_context_nothing_is_drawn_or_kept() -> None:
    vectors = torch.randn(WORDS, DIM)
    words = WordFeatures(vectors, None, finetune=False)
    assert (words.token_dims, words.dims, words.contexts(make_batch())) == ([], [DIM], [])
    encoder = RecurrentEncoderConfig("test").build(words)
    assert not [name for name in encoder.state_dict() if "token" in name or "context" in name]
