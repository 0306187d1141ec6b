"""Tagging a stream: the labels of the plain forward pass, in order, whatever is remembered and what is forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
import torch

from bner.corpora.gm import GMConfig
from bner.corpora.sentence import Sentence
from bner.data.batching import make_batch
from bner.data.encoding import encode
from bner.data.streaming import FormSlots, stream_batches
from bner.data.vocabulary import Vocabulary, build_vocabulary, wanted_keys
from bner.errors import BnerError
from bner.inference.predictor import tag
from bner.model.tagger import Architecture, Tagger
from bner.model.word_memory import WordMemory
from bner.vectors.source import WordVectors

CORPUS = GMConfig("sample", None, "train", "test").build()
SENTENCES = CORPUS.train[:120]
TOKENS = [sentence.tokens for sentence in SENTENCES]


def network_of(**choices: object) -> tuple[Tagger, Vocabulary]:
    torch.manual_seed(3)
    table = WordVectors(20, "r", None, "").build(wanted_keys(SENTENCES)[::2], 1)
    vocabulary = build_vocabulary(SENTENCES[:60], table, CORPUS.types)
    values = {"cell": "lstm", "bidirectional": True, "layers": 1, "width": 8, "hidden_width": 7,
              "characters": "attention", "decoder": "crf", "finetune": False}  # fmt: skip
    architecture = Architecture(**(values | choices))
    network = Tagger(architecture, torch.from_numpy(table.rows), vocabulary.num_characters, len(vocabulary.labels))
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
    [{}, {"cell": "rnn"}, {"bidirectional": False}, {"layers": 2}, {"characters": "none", "decoder": "softmax"},
     {"characters": "attention_hidden", "finetune": True}],
    ids=str,
)  # fmt: skip
def test_tagging_a_stream_is_the_forward_pass(choices: dict[str, object]) -> None:
    network, vocabulary = network_of(**choices)
    expected = [mentions for _, mentions in plain(network, vocabulary)]
    assert sum(map(len, expected)) > 30
    assert list(tag(network, vocabulary, TOKENS, batch_size=16, chunk=50)) == expected


def test_what_is_forgotten_is_computed_again() -> None:
    network, vocabulary = network_of()
    expected = list(plain(network, vocabulary))
    slots = 100
    assert len(set(itertools.chain(*TOKENS))) > 4 * slots
    memory = WordMemory(network, slots)
    forms = FormSlots(vocabulary, slots)
    seen = computed = 0
    for batch in stream_batches(enumerate(TOKENS * 2), forms, 2, 10):
        assert len(batch.slots.unique()) == len(batch.slots)
        emissions = memory.emissions(batch)
        for row, number in enumerate(batch.sentences.tolist()):
            wanted = expected[number % len(TOKENS)][0]
            torch.testing.assert_close(emissions[row, : batch.lengths[row]], wanted, atol=1e-3, rtol=1e-3)
        seen += len(batch.sentences)
        computed += len(batch.words)
    assert seen == 2 * len(TOKENS)
    assert computed < sum(map(len, TOKENS))  # less than once a token, of which there are twice as many
    remembered = sum(len(batch.words) for batch in stream_batches(enumerate(TOKENS * 2), FormSlots(vocabulary), 16))
    assert remembered == len(set(itertools.chain(*TOKENS)))


def test_sentences_come_out_in_order_and_are_read_a_chunk_at_a_time() -> None:
    network, vocabulary = network_of()
    read = 0

    def counted() -> Iterator[Sequence[str]]:
        nonlocal read
        for tokens in TOKENS:
            read += 1
            yield tokens

    tagged = tag(network, vocabulary, counted(), batch_size=4, chunk=20)
    first = next(tagged)
    assert read <= 20
    assert [first, *tagged] == list(tag(network, vocabulary, TOKENS))


def test_sentences_without_tokens_have_no_mentions() -> None:
    network, vocabulary = network_of()
    with_gaps = [(), TOKENS[0], (), (), TOKENS[1], ()]
    first, second = tag(network, vocabulary, TOKENS[:2])
    assert list(tag(network, vocabulary, with_gaps, chunk=1)) == [(), first, (), (), second, ()]
    assert list(tag(network, vocabulary, [(), ()])) == [(), ()]
    assert list(tag(network, vocabulary, [])) == []


def test_very_long_sentences() -> None:
    network, vocabulary = network_of()
    long = [tuple(itertools.islice(itertools.cycle(itertools.chain(*TOKENS[k:])), 2000)) for k in range(10)]
    batches = list(stream_batches(enumerate(long), FormSlots(vocabulary), 64))
    assert max(batch.index.numel() for batch in batches) <= 16384
    sentences = [Sentence(str(k), tokens) for k, tokens in enumerate(long)]
    assert list(tag(network, vocabulary, long)) == [found for _, found in plain(network, vocabulary, sentences)]


def test_a_sentence_of_too_many_words_is_refused() -> None:
    network, vocabulary = network_of()
    together = [[f"w{k}" for k in range(10 * n, 10 * n + 10)] for n in range(4)]  # 40 words in four sentences: no harm
    assert len(list(tag(network, vocabulary, together, slots=30))) == 4
    with pytest.raises(BnerError, match="more than 30 different words: split it"):
        list(tag(network, vocabulary, [[f"w{k}" for k in range(31)]], slots=30))
