"""Predicting a stream: the labels of the plain forward pass, in order, whatever the cache holds and evicts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from bner.corpora.gm import GMConfig
from bner.corpora.sentence import Sentence
from bner.data.batching import make_batch
from bner.data.encoding import FormEncoder, encode
from bner.data.streaming import FormSlots, stream_batches
from bner.data.vocabulary import Vocabulary, build_vocabulary, wanted_keys
from bner.errors import BnerError
from bner.inference.predictor import Predictor
from bner.model.network import Tagger
from bner.vectors.keys import word_key
from bner.vectors.source import WordVectors
from tests.model.networks import tagger_of

CORPUS = GMConfig("sample", None, "train", "test").build()
SENTENCES = CORPUS.train[:120]
TOKENS = [sentence.tokens for sentence in SENTENCES]


def network_of(
    char: str = "attention", decoder: str = "crf", finetune: bool = False, **settings: Any
) -> tuple[Tagger, Vocabulary]:
    torch.manual_seed(3)
    table = WordVectors(20, "r", None, "").build(wanted_keys(SENTENCES)[::2], 1)
    vocabulary = build_vocabulary(SENTENCES[:60], table, CORPUS.types)
    sizes = (vocabulary.num_characters, len(vocabulary.labels))
    settings = {"hidden_size": 8, "feature_size": 7} | settings
    network = tagger_of(torch.from_numpy(table.rows), *sizes, char, decoder, finetune, **settings).eval()
    for parameter in network.parameters():  # far from zero, for differences to show
        parameter.data.mul_(2)
    network.output.bias.data[0] -= 2  # fewer O, for more mentions
    return network, vocabulary


def plain(
    network: Tagger, vocabulary: Vocabulary, sentences: Sequence[Sentence] = SENTENCES
) -> Iterator[tuple[torch.Tensor, tuple[object, ...]]]:
    """Emissions and mentions of each sentence by itself, through the forward pass that is trained."""
    forms, part = encode(sentences, vocabulary)
    for number in range(len(sentences)):
        batch = make_batch(part, forms, torch.tensor([number]))
        emissions = network(batch)
        labels = network.decoder.decode(emissions, batch.lengths)
        yield emissions[0].detach(), vocabulary.labels.decode(labels[0].tolist())


@pytest.mark.parametrize(
    "choices",
    [{}, {"cell": "rnn"}, {"bidirectional": False}, {"layers": 2}, {"char": "none", "decoder": "softmax"},
     {"char": "attention_hidden", "finetune": True}, {"window": 0, "char": "cnn"}, {"peepholes": True, "char": "lstm"},
     {"dropout": 0.5}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("cached", [True, False])
def test_predicting_a_stream_is_the_forward_pass(choices: dict[str, Any], cached: bool) -> None:
    network, vocabulary = network_of(**choices)
    expected = [mentions for _, mentions in plain(network, vocabulary)]
    assert sum(map(len, expected)) > 30
    network.encoder.first.use_library = None if cached else True  # the library's kernels, as on a GPU, need no cache
    predictor = Predictor(network, vocabulary, batch_size=16, chunk=50)
    assert list(predictor.predict(TOKENS)) == expected
    assert list(predictor.predict(TOKENS[::-1])) == expected[::-1]  # what the cache holds from the first call


def test_words_with_vectors_of_their_own() -> None:
    network, vocabulary = network_of()
    rows = {word: row for row, word in enumerate(vocabulary.words)}
    asked: list[str] = []

    def vectors(forms: Sequence[str]) -> Any:
        asked.extend(forms)
        return network.encoder.words.vectors[[rows.get(word_key(form), 0) for form in forms]].numpy()

    unknown = replace(vocabulary, words=vocabulary.words[:1])  # a vocabulary that has no vector by itself
    with_vectors = Predictor(network, unknown, vectors)
    assert list(with_vectors.predict(TOKENS)) == list(Predictor(network, vocabulary).predict(TOKENS))
    assert len(asked) == len(set(asked)) == len(set(itertools.chain(*TOKENS)))


def test_evicted_forms_are_computed_again() -> None:
    network, vocabulary = network_of()
    expected = list(plain(network, vocabulary))
    slots = 100
    assert len(set(itertools.chain(*TOKENS))) > 4 * slots
    cache, encode_forms, memory = network.encoder.new_cache(slots), FormEncoder(vocabulary), FormSlots(slots)
    seen = computed = 0
    for batch in stream_batches(enumerate(TOKENS * 2), encode_forms, memory, 2, 10):
        assert batch.slots is not None
        assert len(batch.slots.unique()) == len(batch.slots)
        with torch.no_grad():
            emissions = network(batch, cache)
        for row, number in enumerate(batch.sentences.tolist()):
            wanted = expected[number % len(TOKENS)][0]
            torch.testing.assert_close(emissions[row, : batch.lengths[row]], wanted, atol=1e-3, rtol=1e-3)
        seen += len(batch.sentences)
        computed += len(batch.words)
    assert seen == 2 * len(TOKENS)
    assert computed < sum(map(len, TOKENS))  # less than once a token, of which there are twice as many
    large = stream_batches(enumerate(TOKENS * 2), encode_forms, FormSlots(), 16)
    assert sum(len(batch.words) for batch in large) == len(set(itertools.chain(*TOKENS)))


def test_sentences_come_out_in_order_and_are_read_a_chunk_at_a_time() -> None:
    network, vocabulary = network_of()
    read = 0

    def counted() -> Iterator[Sequence[str]]:
        nonlocal read
        for tokens in TOKENS:
            read += 1
            yield tokens

    predicted = Predictor(network, vocabulary, batch_size=4, chunk=20).predict(counted())
    first = next(predicted)
    assert read <= 20
    assert [first, *predicted] == list(Predictor(network, vocabulary).predict(TOKENS))


def test_an_interrupted_call_spoils_no_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    network, vocabulary = network_of()
    expected = list(Predictor(network, vocabulary).predict(TOKENS))
    predictor = Predictor(network, vocabulary, batch_size=8)

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(network, "decode", broken)
        with pytest.raises(KeyboardInterrupt):
            list(predictor.predict(TOKENS))
    assert list(predictor.predict(TOKENS)) == expected


def test_sentences_without_tokens_have_no_mentions() -> None:
    network, vocabulary = network_of()
    with_gaps = [(), TOKENS[0], (), (), TOKENS[1], ()]
    predictor = Predictor(network, vocabulary, chunk=1)
    first, second = predictor.predict(TOKENS[:2])
    assert list(predictor.predict(with_gaps)) == [(), first, (), (), second, ()]
    assert list(predictor.predict([(), ()])) == [(), ()]
    assert list(predictor.predict([])) == []


def test_very_long_sentences() -> None:
    network, vocabulary = network_of()
    long = [tuple(itertools.islice(itertools.cycle(itertools.chain(*TOKENS[k:])), 2000)) for k in range(10)]
    for memory in (FormSlots(), None):
        batches = list(stream_batches(enumerate(long), FormEncoder(vocabulary), memory, 64))
        assert max(batch.index.numel() for batch in batches) <= 16384
    sentences = [Sentence(str(k), tokens) for k, tokens in enumerate(long)]
    predicted = list(Predictor(network, vocabulary).predict(long))
    assert predicted == [found for _, found in plain(network, vocabulary, sentences)]


def test_a_sentence_of_too_many_words_is_refused() -> None:
    network, vocabulary = network_of()
    together = [[f"w{k}" for k in range(10 * n, 10 * n + 10)] for n in range(4)]  # 40 words in four sentences: no harm
    predictor = Predictor(network, vocabulary, slots=30)
    assert len(list(predictor.predict(together))) == 4
    with pytest.raises(BnerError, match="more than 30 different words: split it"):
        list(predictor.predict([[f"w{k}" for k in range(31)]]))
    assert len(list(predictor.predict(together))) == 4
