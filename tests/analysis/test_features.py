"""Features of tokens: what the output layer turns into the decoder's emissions; contexts, words and their likeness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from bner.analysis.features import (
    CONTEXTS,
    TOKEN_COLUMNS,
    contexts,
    cosine_similarities,
    features,
    occurrences,
    with_context,
)
from bner.corpora.sentence import Sentence
from bner.inference.predictor import Predictor
from tests.inference.test_predictor import SENTENCES, network_of, plain


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_features_times_the_output_layer_are_the_decoders_emissions(decoder: str) -> None:
    network, vocabulary = network_of(decoder=decoder)
    table = features(network, vocabulary, SENTENCES, with_gold=True)
    mentions = list(Predictor(network, vocabulary).predict(sentence.tokens for sentence in SENTENCES))
    names, labels = np.array(vocabulary.labels.names), vocabulary.labels
    groups = table.groupby("sentence", sort=False)
    for sentence, predicted, (emissions, _) in zip(SENTENCES, mentions, plain(network, vocabulary), strict=True):
        rows = groups.get_group(sentence.identifier)
        states = torch.from_numpy(rows.drop(columns=list(TOKEN_COLUMNS)).to_numpy(np.float32, copy=True))
        assert torch.allclose(network.output(states), emissions, atol=1e-5)
        assert tuple(rows["token"]) == sentence.tokens
        assert list(rows["position"]) == list(range(len(sentence.tokens)))
        assert list(rows["predicted"]) == list(names[labels.encode(len(rows), predicted)])
        assert list(rows["gold"]) == list(names[labels.encode(len(rows), sentence.mentions)])
    assert (table["predicted"] != "O").any()


def test_sentences_without_gold_labels() -> None:
    network, vocabulary = network_of()
    table = features(network, vocabulary, [replace(SENTENCES[0], mentions=())], with_gold=False)
    assert (table["gold"] == "").all()
    assert list(table.columns) == [*TOKEN_COLUMNS, *(f"f{number}" for number in range(1, 8))]


def made_table(*sentences: tuple[str, ...], dimensions: int = 5) -> pd.DataFrame:
    """Random features of some sentences, without mentions."""
    rng = np.random.default_rng(1)
    rows = [
        (str(number), position, token, "O", "", *rng.uniform(-1, 1, dimensions))
        for number, tokens in enumerate(sentences, start=1) for position, token in enumerate(tokens)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*TOKEN_COLUMNS, *(f"f{number}" for number in range(1, dimensions + 1))])


def test_the_papers_contexts_are_cut_out_of_their_sentences() -> None:
    first = ("Because", ",", "the", *CONTEXTS[0], "factor", ".")
    table = made_table(first, CONTEXTS[1], ("A", "factor", "."))
    shown = list(contexts(table))
    assert [tuple(each["token"]) for each in shown] == [*CONTEXTS, ("A", "factor", ".")]
    assert list(shown[0]["position"]) == list(range(3, 13))


def test_a_sentence_is_found_by_its_context() -> None:
    one, other = Sentence("1", CONTEXTS[0][:-1]), Sentence("2", ("x", *CONTEXTS[0], "y"))
    assert with_context([one, other], CONTEXTS[0]) == other
    assert with_context([one], CONTEXTS[0]) is None


def test_a_word_is_compared_wherever_it_is_shown() -> None:
    table = made_table(CONTEXTS[0], CONTEXTS[1], ("Factor", "X"))
    columns = occurrences(table)
    assert list(columns.columns) == ["factor1", "factor2", "factor3", "factor4"]
    assert list(columns["factor4"]) == list(table[table["token"] == "Factor"].iloc[0, 5:])
    assert occurrences(table, "cells").shape[1] == 0


def test_cosine_similarities_by_hand() -> None:
    similar = cosine_similarities(pd.DataFrame({"a": [1.0, 0, 0], "b": [1.0, 1, 0], "c": [-2.0, 0, 0]}))
    assert similar.to_numpy() == pytest.approx(
        np.array([[1, 0.5**0.5, -1], [0.5**0.5, 1, -(0.5**0.5)], [-1, -(0.5**0.5), 1]])
    )
    assert list(similar.index) == list(similar.columns) == ["a", "b", "c"]
