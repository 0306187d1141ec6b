"""Shards of tokenised text as numbers: what a language model reads and predicts, and the text that is held out."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bner.context.folder import Inputs
from bner.corpora.bies import LabelSet
from bner.data.encoding import EncodedSentences, FormEncoder, Forms
from bner.data.vocabulary import Vocabulary
from bner.errors import BnerError
from bner.model.language_model import Sizes
from bner.runtime.files import read_lines
from bner.vectors.keys import word_key
from bner.vectors.source import WordVectors
from bner.vectors.table import WordTable

END, UNKNOWN_WORD = 0, 1  # numbers of predicted words: the end of a sentence, a rare word
LONGEST = 128  # tokens of a sentence; longer ones, which are mostly tables and lists, are left out
_HELD_OUT_SHARE = 100  # of so many sentences at least one is held out, until there are enough
_RARE_CHARACTER = 20  # characters that occur in fewer tokens are unknown ones


@dataclass(frozen=True)
class EncodedText:
    """Text to train a language model on.

    Attributes:
        inputs: words, vectors and characters of what the model reads.
        forms: the distinct word forms, encoded.
        train: sentences over these forms, with the numbers of the words to be predicted as labels.
        held_out: sentences that are not trained on; equal sentences are all on the same side.
        counts: how often each predicted word occurs in `train`, (V,); the first two are END and UNKNOWN_WORD.
        vectors: the vector of each predicted word, zero where there is none, (V, D).
        left_out: sentences longer than 128 tokens.
    """

    inputs: Inputs
    forms: Forms
    train: EncodedSentences
    held_out: EncodedSentences
    counts: Tensor
    vectors: Tensor
    left_out: int


class _Numbers(dict[str, int]):
    """Numbers words in the order of their first appearance."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def encode_text(
    shards: Sequence[Path],
    source: WordVectors,
    sizes: Sizes,
    min_count: int,
    held_out: int,
    progress: Callable[[int], None],
) -> EncodedText:
    """Encode shards of tokens as they are written.

    Args:
        shards: files of tokenised text, a sentence a line.
        source: of the word vectors, which are read for the words of the text.
        sizes: of the model.
        min_count: words that occur less often are not predicted, but all as one.
        held_out: the number of sentences to hold out.
        progress: called after each shard with the number of tokens so far.

    Raises:
        BnerError: a shard cannot be read; there is too little text; the vectors cannot be read.
    """
    numbers, tokens, ends = _Numbers(), array("i"), array("q", [0])
    is_held_out, left_out, held = array("b"), 0, 0
    for shard in shards:
        for _, line in read_lines(shard):
            words = line.split(" ")
            if len(words) > LONGEST:
                left_out += 1
                continue
            chosen = held < held_out and zlib.crc32(line.encode()) % _HELD_OUT_SHARE == 0
            held += chosen
            is_held_out.append(chosen)
            tokens.extend(map(numbers.__getitem__, words))
            ends.append(len(tokens))
        progress(len(tokens))
    if not 0 < held < len(is_held_out):
        raise BnerError(f"the text has {len(is_held_out)} sentences, too few to train a language model on: use more.")
    forms = list(numbers)
    number = np.frombuffer(tokens, np.int32)
    bounds = np.frombuffer(ends, np.int64)
    sides = np.repeat(np.frombuffer(is_held_out, np.int8), bounds[1:] - bounds[:-1]).astype(np.bool_)
    form_counts = np.bincount(number[~sides], minlength=len(forms))
    keys, key_of_form = _keys(forms, source.digits)
    key_counts = np.bincount(key_of_form, weights=form_counts, minlength=len(keys)).astype(np.int64)
    table = source.build(keys, seed=1)
    output, labels = _predicted(key_counts, min_count)
    counts = torch.from_numpy(np.bincount(labels[key_of_form][number[~sides]], minlength=2 + len(output)))
    counts[END] = len(is_held_out) - held
    inputs = Inputs(
        table.words[1:], torch.from_numpy(table.rows).half().float(), _characters(forms, form_counts), source.digits,
        sizes,
    )  # fmt: skip
    vocabulary = Vocabulary(table.words, inputs.characters, LabelSet(()), source.digits)
    every = EncodedSentences(
        torch.from_numpy(number.astype(np.int64)),
        torch.from_numpy(labels[key_of_form][number]),
        torch.from_numpy(bounds.copy()),
    )
    chosen_rows = torch.from_numpy(np.frombuffer(is_held_out, np.int8).astype(np.bool_))
    return EncodedText(
        inputs, FormEncoder(vocabulary)(forms), _some(every, ~chosen_rows), _some(every, chosen_rows), counts,
        _vectors(table, [keys[each] for each in output]), left_out,
    )  # fmt: skip


def _keys(forms: Sequence[str], digits: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct keys, and the number of each form's key."""
    numbers = _Numbers()
    of_form = np.fromiter((numbers[word_key(form, digits)] for form in forms), np.int64, len(forms))
    return list(numbers), of_form


def _predicted(counts: NDArray[np.int64], min_count: int) -> tuple[list[int], NDArray[np.int64]]:
    """Return the keys that are predicted, the most frequent first, and the predicted word of each key."""
    order = np.argsort(-counts, kind="stable")
    output = order[: int((counts >= min_count).sum())]
    labels = np.full(len(counts), UNKNOWN_WORD, np.int64)
    labels[output] = np.arange(2, 2 + len(output))
    return output.tolist(), labels


def _characters(forms: Sequence[str], counts: NDArray[np.int64]) -> str:
    found: dict[str, int] = {}
    for form, count in zip(forms, counts.tolist(), strict=True):
        for character in form:
            found[character] = found.get(character, 0) + count
    return "".join(sorted(character for character, count in found.items() if count >= _RARE_CHARACTER))


def _vectors(table: WordTable, output: Sequence[str]) -> Tensor:
    rows = {word: row for row, word in enumerate(table.words)}
    index = [0, 0, *(rows.get(word, 0) for word in output)]
    return torch.from_numpy(table.rows[index])


def _some(sentences: EncodedSentences, chosen: Tensor) -> EncodedSentences:
    tokens = torch.repeat_interleave(chosen, sentences.lengths)
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), sentences.lengths[chosen].cumsum(0)])
    return EncodedSentences(sentences.forms[tokens], sentences.labels[tokens], starts)
