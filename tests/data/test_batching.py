"""Encoding and batches: nothing lost, nothing of one sentence in another, an order that follows from seed and epoch."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bner.corpora.gm import GMConfig
from bner.corpora.sentence import Sentence
from bner.corpora.split import Split
from bner.data import cache
from bner.data.batching import make_batch
from bner.data.encoding import encode
from bner.data.sampler import BucketSampler
from bner.data.vocabulary import build_vocabulary, coverage, wanted_keys
from bner.training.data_module import TaggingData
from bner.vectors.keys import word_key
from bner.vectors.source import WordVectors

CORPUS = GMConfig("sample", None, "train", "test").build()
TRAIN = CORPUS.train[:80]
TABLE = WordVectors(5, "r", None, "").build(wanted_keys(TRAIN)[::2], 1)


def test_a_batch_holds_its_sentences_and_no_more() -> None:
    vocabulary = build_vocabulary(TRAIN[:40], TABLE, CORPUS.types)
    forms, part = encode(TRAIN, vocabulary)
    letters = {number: character for character, number in vocabulary.character_numbers().items()}
    batch = make_batch(part, forms, torch.tensor([7, 3, 50]))
    assert batch.num_tokens == sum(len(TRAIN[n].tokens) for n in (7, 3, 50))
    for row, number in enumerate((7, 3, 50)):
        sentence = TRAIN[number]
        length = len(sentence.tokens)
        assert batch.lengths[row] == length
        assert (batch.index[row, length:] == len(batch.words)).all()
        assert (batch.labels[row, length:] == 0).all()
        assert batch.labels[row, :length].tolist() == vocabulary.labels.encode(length, sentence.mentions)
        for token, form in zip(sentence.tokens, batch.index[row, :length].tolist(), strict=True):
            word = vocabulary.words[int(batch.words[form])]
            assert word == (word_key(token) if word_key(token) in TABLE.words else "UNKNOWN")
            characters = batch.characters[batch.character_forms == form].tolist()
            assert "".join(letters.get(number, "?") for number in characters) == "".join(
                character if character in vocabulary.characters else "?" for character in token
            )
    assert len(batch.words) == len({token for n in (7, 3, 50) for token in TRAIN[n].tokens})


def test_every_sentence_comes_once_an_epoch_in_an_order_of_seed_and_epoch() -> None:
    lengths = torch.randint(1, 60, (1003,), generator=torch.Generator().manual_seed(0))

    def order(seed: int, epoch: int) -> list[list[int]]:
        sampler = BucketSampler(lengths, 8, seed)
        sampler.set_epoch(epoch)
        batches = [batch.tolist() for batch in sampler]
        assert len(batches) == len(sampler)
        assert sorted(itertools.chain(*batches)) == list(range(1003))
        return batches

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)
    padding = sum(len(b) * max(lengths[b].tolist()) - int(lengths[b].sum()) for b in order(1, 0))
    assert padding < 0.1 * int(lengths.sum())


def test_coverage_counts_tokens_and_types() -> None:
    covered = coverage([Sentence("s", ("A", "a", "b", "12", "13", "c", "c", "c"))], {"a", "NUM"})
    assert covered.tokens == 4 / 8
    assert covered.types == 2 / 4
    with pytest.raises(ValueError, match="no token"):
        coverage([], {"a"})


def test_encodings_are_kept_on_disk_by_their_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = build_vocabulary(TRAIN[:40], TABLE, CORPUS.types)
    made = 0

    def counted(*arguments: Any) -> Any:
        nonlocal made
        made += 1
        return encode(*arguments)

    def same(first: Any, second: Any) -> bool:
        return all(
            one is other or torch.equal(one, other)
            for one, other in zip(vars(first).values(), vars(second).values(), strict=True)
        )

    monkeypatch.setattr(cache, "encode", counted)
    expected = encode(TRAIN, vocabulary)
    for _ in range(2):
        forms, sentences = cache.cached_encoding(TRAIN, vocabulary, tmp_path)
        assert same(forms, expected[0])
        assert same(sentences, expected[1])
    assert made == 1
    unlabelled = [Sentence(each.identifier, each.tokens) for each in TRAIN]
    for changed in (TRAIN[:79], unlabelled, [*TRAIN[1:], TRAIN[0]]):
        assert same(cache.cached_encoding(changed, vocabulary, tmp_path)[1], encode(changed, vocabulary)[1])
    cache.cached_encoding(TRAIN, build_vocabulary(TRAIN[:2], TABLE, CORPUS.types), tmp_path)
    assert made == 5
    for damage in (b"", b"PK\x03\x04 no archive", (tmp_path / sorted(tmp_path.iterdir())[0].name).read_bytes()[:-300]):
        for file in tmp_path.iterdir():
            file.write_bytes(damage)
        assert same(cache.cached_encoding(TRAIN, vocabulary, tmp_path)[1], expected[1])
    assert made == 8


def test_no_more_than_some_encodings_are_kept(tmp_path: Path) -> None:
    vocabulary = build_vocabulary(TRAIN, TABLE, CORPUS.types)
    for count in range(1, 26):
        cache.cached_encoding(TRAIN[:count], vocabulary, tmp_path)
    assert len(list(tmp_path.iterdir())) == 20


def test_processes_share_each_batch_and_every_sentence_counts_the_same(tmp_path: Path) -> None:
    vocabulary = build_vocabulary(TRAIN, TABLE, CORPUS.types)
    loaders = []
    for rank in range(3):
        data = TaggingData(Split(TRAIN[:16], TRAIN[16:18]), vocabulary, 5, 1, tmp_path)
        cpu = SimpleNamespace(root_device=torch.device("cpu"))
        data.trainer = SimpleNamespace(global_rank=rank, world_size=3, strategy=cpu)  # type: ignore[assignment]
        loaders.append(data.train_dataloader())
    sizes = []
    counted: Counter[int] = Counter()
    for parts in zip(*loaders, strict=True):
        sizes.append(sum(len(part.sentences) for part in parts if part.share))
        for part in parts:
            counted.update(part.sentences.tolist() if part.share else [])
            # The mean over the processes of a part's mean, times its share, is the mean over the whole batch.
            assert part.share / 3 * sizes[-1] == pytest.approx(len(part.sentences) if part.share else 0)
    assert sorted(sizes) == [1, 5, 5, 5]
    assert counted == dict.fromkeys(range(16), 1)
