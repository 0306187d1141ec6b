"""Word dropout against a batch in which every token is a form of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bner.model.batch import Batch
from bner.model.word_dropout import drop_words, with_unknown
from tests.model.networks import make_batch, make_tagger


def a_form_for_each_token(batch: Batch, dropped: torch.Tensor) -> Batch:
    """The same batch without distinct forms, the words of dropped tokens replaced by UNKNOWN one by one."""
    words, characters, owners = [], [], []
    index = torch.full_like(batch.index, int((batch.index < len(batch.words)).sum()))
    for row, column in (batch.index < len(batch.words)).nonzero().tolist():
        form = int(batch.index[row, column])
        index[row, column] = len(words)
        its = batch.characters[batch.character_forms == form].tolist()
        characters += its
        owners += [len(words)] * len(its)
        words.append(0 if dropped[row, column] else int(batch.words[form]))
    return replace(
        batch,
        words=torch.tensor(words),
        characters=torch.tensor(characters),
        character_forms=torch.tensor(owners),
        index=index,
    )


@pytest.mark.parametrize("char", ["attention", "attention_hidden", "lstm", "none"])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_dropped_tokens_have_no_word_and_keep_their_characters(char: str, share: float) -> None:
    tagger, batch = make_tagger(char=char), make_batch()
    dropped = torch.rand(batch.index.shape, generator=torch.Generator().manual_seed(1)) < share
    inside = batch.index < len(batch.words)
    ours, plain = tagger(with_unknown(batch, dropped)), tagger(a_form_for_each_token(batch, dropped))
    torch.testing.assert_close(ours[inside], plain[inside])
    assert torch.equal(ours[inside], tagger(batch)[inside]) == (not share)


def test_second_rows_are_only_those_of_dropped_forms() -> None:
    batch = make_batch()
    dropped = torch.zeros_like(batch.index).bool()
    dropped[0, 2] = dropped[2, 1] = True
    found = with_unknown(batch, dropped)
    new = {int(batch.index[0, 2]), int(batch.index[2, 1])}
    assert found.words.tolist() == [*batch.words.tolist(), *([0] * len(new))]
    assert (found.index == len(found.words)).equal(batch.index == len(batch.words))
    assert found.character_forms.diff().min() >= 0


def test_tokens_are_dropped_at_the_rate() -> None:
    torch.manual_seed(0)
    batch = replace(make_batch(), index=torch.randint(6, (100, 100)))
    dropped = (drop_words(batch, 0.3).index >= 6).float()
    assert abs(dropped.mean() - 0.3) < 0.02
    assert 0 < dropped[batch.index == 2].mean() < 1  # by token and not by form
    assert drop_words(batch, 0.0) is batch
