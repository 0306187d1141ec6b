"""Language models against brute force: the loss and its gradients, the sampled sum, directions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bner.model.batch import Batch
from bner.model.kernels.log_sum_exp import log_sum_exp
from bner.model.language_model import LanguageModel, Sizes, WordSoftmax, backwards, predicted_words, token_states
from tests.model.networks import CHARACTERS, LENGTHS, make_batch

SIZES = Sizes(hidden_size=4, layers=2, char_dim=3, char_filters=5)


def make_model(dropout: float = 0.0) -> LanguageModel:
    torch.manual_seed(3)
    return LanguageModel(torch.randn(9, 7, dtype=torch.float64), CHARACTERS, SIZES, dropout).double()


def make_softmax() -> WordSoftmax:
    torch.manual_seed(4)
    return WordSoftmax(torch.tensor([5, 3, 9, 1, 1, 40]), torch.randn(6, 4), 4).double()


def test_log_sum_exp_and_its_gradients() -> None:
    torch.manual_seed(1)
    inputs = [torch.randn(size, dtype=torch.float64, requires_grad=True) for size in ((300, 5), (7, 5), (7,))]
    left_out, weight = torch.randint(-1, 7, (300,)), torch.randn(300, dtype=torch.float64)
    products = (inputs[0] @ inputs[1].T + inputs[2]).masked_fill(torch.arange(7) == left_out[:, None], -torch.inf)
    expected, found = products.logsumexp(1), log_sum_exp(inputs[0], inputs[1], inputs[2], left_out)
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad((each * weight).sum(), inputs) for each in (expected, found)]
    torch.testing.assert_close(*gradients)


def test_log_sum_exp_of_nothing_has_no_gradient() -> None:
    state, vectors, offsets = (torch.ones(size, requires_grad=True) for size in ((1, 2), (1, 2), (1,)))
    out = log_sum_exp(state, vectors, offsets, torch.tensor([0]))
    assert out.item() == -torch.inf
    torch.logaddexp(torch.zeros(1), out).sum().backward()
    assert state.grad is not None
    assert not state.grad.any()


def test_the_loss_with_every_word_in_the_sample_is_exact_and_so_are_its_gradients() -> None:
    softmax, states = make_softmax(), torch.randn(8, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(6, (8,))
    every = torch.arange(6), torch.zeros(6, dtype=torch.float64)  # each word expected once and drawn once
    found = softmax.loss(states, targets, every)
    torch.testing.assert_close(found, softmax.exact(states, targets))
    logits = softmax.project(states) @ softmax.vectors.weight.T + softmax.bias.weight[:, 0]
    expected = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(found, expected)
    parameters = [states, *softmax.parameters()]
    brute = torch.autograd.grad(expected.sum(), parameters)
    sampled = [each.to_dense() for each in torch.autograd.grad(found.sum(), parameters)]
    torch.testing.assert_close(sampled, list(brute))


def test_the_sampled_sum_is_the_sum_on_average() -> None:
    softmax, states, targets = make_softmax(), torch.randn(2, 4, dtype=torch.float64), torch.tensor([2, 5])
    logits = softmax.project(states) @ softmax.vectors.weight.T + softmax.bias.weight[:, 0]
    generator = torch.Generator().manual_seed(1)
    rounds = 3000
    with torch.no_grad():
        sums = [
            (softmax.loss(states, targets, softmax.sample(8, generator)) + logits[[0, 1], targets]).exp()
            for _ in range(rounds)
        ]
    mean, error = torch.stack(sums).mean(0), torch.stack(sums).std(0) / rounds**0.5
    assert ((mean - logits.exp().sum(1)).abs() < 4 * error).all()
    assert (error < 0.05 * mean).all()


def test_states_depend_on_the_words_before_alone() -> None:
    model, batch = make_model(), make_batch()
    changed = replace(batch, index=torch.cat([batch.index[:, :3], (batch.index[:, 3:] + 1) % 6], 1))
    for one, other in zip(model(batch), model(changed), strict=True):
        assert one.shape == (3, 7, 4)
        torch.testing.assert_close(one[0, :4], other[0, :4])
    assert not torch.allclose(model(batch)[-1][0, 4:], model(changed)[-1][0, 4:])


def test_padding_changes_nothing() -> None:
    model, batch = make_model(), make_batch()
    alone = replace(batch, index=batch.index[2:, : LENGTHS[2]], lengths=batch.lengths[2:])
    for one, other in zip(model(batch), model(alone), strict=True):
        torch.testing.assert_close(one[2, : 1 + LENGTHS[2]], other[0])


def test_a_backward_model_is_a_forward_model_of_reversed_sentences() -> None:
    model, batch = make_model(), make_batch()
    found = token_states(model(backwards(batch)), batch.lengths, reversed_back=True)
    assert found.shape == (3, 6, 3, 4)
    for row, length in enumerate(LENGTHS):
        turned = replace(batch, index=batch.index[row : row + 1, :length].flip(1), lengths=batch.lengths[row : row + 1])
        expected = token_states(model(turned), turned.lengths, reversed_back=False)
        torch.testing.assert_close(found[row, :length], expected[0].flip(0))


def test_what_is_predicted_is_the_next_word_and_the_end() -> None:
    batch = make_batch()
    where, words = predicted_words(batch)
    assert where.sum(1).tolist() == [length + 1 for length in LENGTHS]
    for row, length in enumerate(LENGTHS):
        assert words[row, : length + 1].tolist() == [*batch.labels[row, :length].tolist(), 0]
    _, turned = predicted_words(backwards(batch))
    assert turned[2, :5].tolist() == [*batch.labels[2, :4].flip(0).tolist(), 0]


def test_gradients_of_the_whole_model_agree_with_differences() -> None:
    model, softmax, batch = make_model(), make_softmax(), make_batch()
    every = torch.arange(6), torch.zeros(6, dtype=torch.float64)

    def loss(read: Batch) -> torch.Tensor:
        where, words = predicted_words(read)
        out: torch.Tensor = softmax.loss(model(read)[-1][where], words[where], every).sum()
        return out

    loss(batch).backward()
    for parameter in (model.begin, model.project.weight, model.layers[1].weight_hh_l0, model.characters.filters.weight):
        assert parameter.grad is not None
        position = int(parameter.grad.abs().argmax())
        values = parameter.data.view(-1)
        before, step, around = values[position].item(), 1e-6, []
        for value in (before + step, before - step):
            values[position] = value
            around.append(loss(batch).item())
        values[position] = before
        difference = (around[0] - around[1]) / (2 * step)
        assert parameter.grad.view(-1)[position].item() == pytest.approx(difference, rel=1e-4)
