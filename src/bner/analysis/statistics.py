"""Statistics of a corpus: what the paper's Table 1 and its prose count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.split import Split

Parts = Mapping[str, Sequence[Sentence]]
"""Sentences by the name of the part that they belong to."""


def corpus_parts(corpus: Corpus, split: Split | None = None) -> dict[str, tuple[Sentence, ...]]:
    """Return the parts of a corpus: training, with a split also what is trained on (train) and dev, test, and all.

    Training and test are the parts as they are distributed; all is both of them.
    """
    drawn = {} if split is None else {"train": split.train, "dev": split.dev}
    return {"training": corpus.train, **drawn, "test": corpus.test, "all": (*corpus.train, *corpus.test)}


def part_statistics(parts: Parts) -> pd.DataFrame:
    """Compute a row for each part, named by it.

    Returns:
        Columns: sentences; tokens; words, that is different tokens ignoring case; mentions; different mentions, by
        their tokens and type; types; the mean mention length in tokens; and as fractions the mentions one token long,
        those longer than three tokens, and the sentences without a mention. Without mentions their shares are NaN.
    """
    return pd.DataFrame.from_dict({name: _part(sentences) for name, sentences in parts.items()}, orient="index")


def type_statistics(parts: Parts) -> pd.DataFrame:
    """Compute a row for each part and mention type: mentions, their share in the part, their mean length in tokens.

    Returns:
        Indexed by part and type; types are sorted by name.
    """
    rows = {}
    for name, sentences in parts.items():
        mentions = pd.DataFrame(
            [(each.type, each.end - each.start) for sentence in sentences for each in sentence.mentions],
            columns=["type", "length"],
        )
        for type_, lengths in mentions.groupby("type")["length"]:
            share = len(lengths) / len(mentions)
            rows[name, str(type_)] = {"mentions": len(lengths), "share": share, "mean_length": lengths.mean()}
    index = pd.MultiIndex.from_tuples(list(rows), names=["part", "type"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["mentions", "share", "mean_length"])


def _part(sentences: Sequence[Sentence]) -> dict[str, float]:
    mentions = [(sentence, mention) for sentence in sentences for mention in sentence.mentions]
    lengths = np.array([mention.end - mention.start for _, mention in mentions])
    nothing = float("nan")
    return {
        "sentences": len(sentences),
        "tokens": sum(len(sentence.tokens) for sentence in sentences),
        "words": len({token.lower() for sentence in sentences for token in sentence.tokens}),
        "mentions": len(mentions),
        "different_mentions": len({_spelt(sentence, mention) for sentence, mention in mentions}),
        "types": len({mention.type for _, mention in mentions}),
        "mean_length": float(lengths.mean()) if mentions else nothing,
        "one_token": float((lengths == 1).mean()) if mentions else nothing,
        "over_three_tokens": float((lengths > 3).mean()) if mentions else nothing,
        "without_mention": sum(not s.mentions for s in sentences) / len(sentences) if sentences else nothing,
    }


def _spelt(sentence: Sentence, mention: Mention) -> tuple[str, tuple[str, ...]]:
    return mention.type, sentence.tokens[mention.start : mention.end]
