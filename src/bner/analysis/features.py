"""The features of tokens, which the output layer turns into the CRF's emissions: what a network makes of a context.

Features are the encoder's states: the tanh layer f1 of Lyu et al. 2017, h_t = tanh(W_f [forward ; backward] + b_f). A
table of features has a row for each token and these columns: `sentence`, the sentence's identifier; `position` in it,
from 0; `token`; `predicted` and `gold`, labels, gold empty where it is not known; and `f1` to `f100`, one for each
dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch

from bner.corpora.sentence import Sentence
from bner.data.encoding import FormEncoder
from bner.data.streaming import stream_batches
from bner.data.vocabulary import Vocabulary
from bner.model.network import Tagger

_QUOTED = (
    "the inability of this factor to activate in vivo the",
    "In particular , naturally occurring sequence variation impacted transcription factor binding to an activating "
    "transcription factor / cAMP response element",
)
CONTEXTS = tuple(tuple(text.split()) for text in _QUOTED)
"""The parts of two sentences of JNLPBA's test part that Fig. 3 of the paper shows."""

WORD = "factor"
"""The word whose features Fig. 4 of the paper compares."""

TOKEN_COLUMNS = ("sentence", "position", "token", "predicted", "gold")


@torch.no_grad()
def features(network: Tagger, vocabulary: Vocabulary, sentences: Sequence[Sentence], with_gold: bool) -> pd.DataFrame:
    """Compute the features of each token of the sentences, in their order.

    Args:
        network: in evaluation mode, on the CPU.
        vocabulary: the numbers that it reads and writes.
        sentences: with one token at least; their identifiers differ.
        with_gold: whether the sentences' mentions are gold annotations.

    Returns:
        A table of features, see the top of this file.
    """
    labels = vocabulary.labels
    numbered = list(enumerate(sentence.tokens for sentence in sentences))
    found: dict[int, pd.DataFrame] = {}
    context = network.encoder.words.context
    read = None if context is None else partial(context.read, device=torch.device("cpu"))
    for batch in stream_batches(numbered, FormEncoder(vocabulary), None, read=read):
        states = network.encoder(batch)
        paths = network.decoder.decode(network.output(states), batch.lengths)
        for row, number in enumerate(batch.sentences.tolist()):
            sentence, length = sentences[number], int(batch.lengths[row])
            legal = labels.encode(length, labels.decode(paths[row, :length].tolist()))
            gold = labels.encode(length, sentence.mentions) if with_gold else []
            tokens = {
                "sentence": sentence.identifier,
                "position": range(length),
                "token": sentence.tokens,
                "predicted": [labels.names[label] for label in legal],
                "gold": [labels.names[label] for label in gold] if with_gold else "",
            }
            values = states[row, :length].numpy()
            names = [f"f{dimension}" for dimension in range(1, values.shape[1] + 1)]
            found[number] = pd.concat([pd.DataFrame(tokens), pd.DataFrame(values, columns=names)], axis=1)
    return pd.concat([found[number] for number in range(len(sentences))], ignore_index=True)


def with_context(sentences: Iterable[Sentence], context: Sequence[str]) -> Sentence | None:
    """Return the first sentence that has these tokens one after another, None where none has."""
    wanted = tuple(context)
    return next((each for each in sentences if _starts(each.tokens, wanted)), None)


def contexts(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what is shown of each sentence of a table: one of the paper's contexts where it has it, or else all."""
    for _, sentence in table.groupby("sentence", sort=False):
        tokens = tuple(sentence["token"])
        found = ((context, start) for context in CONTEXTS for start in _starts(tokens, context))
        context, start = next(found, (tokens, 0))
        yield sentence.iloc[start : start + len(context)]


def occurrences(table: pd.DataFrame, word: str = WORD) -> pd.DataFrame:
    """Return the features of a word wherever it is shown: a column for each occurrence, as in factor1, factor2.

    Returns:
        A row for each dimension; no column where the word does not occur. Case is ignored.
    """
    shown = pd.concat(list(contexts(table)))
    rows = shown[shown["token"].str.lower() == word.lower()].drop(columns=list(TOKEN_COLUMNS))
    rows.index = pd.Index([f"{word}{number}" for number in range(1, len(rows) + 1)])
    return rows.T


def cosine_similarities(columns: pd.DataFrame) -> pd.DataFrame:
    """Compute the cosine similarity of each pair of columns, as a square table with their names on both sides."""
    values = columns.to_numpy(np.float64)
    values = values / np.linalg.norm(values, axis=0)
    return pd.DataFrame(values.T @ values, index=columns.columns, columns=columns.columns)


def _starts(tokens: Sequence[str], context: Sequence[str]) -> list[int]:
    """Return the positions at which the context begins among the tokens."""
    size = len(context)
    return [start for start in range(len(tokens) - size + 1) if tuple(tokens[start : start + size]) == tuple(context)]
