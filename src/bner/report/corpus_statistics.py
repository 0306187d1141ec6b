"""Table 1: the statistics of a corpus, and beside them what the paper's prose says of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bner.analysis.statistics import corpus_parts, part_statistics, type_statistics
from bner.corpora.corpus import Corpus
from bner.corpora.split import Split
from bner.report.paper import paper_value

# The paper does not say which part its shares are of: all of them are those of JNLPBA's test part, and of no other.
_STATED = {
    "sentences": ("all", "sentences", 1),
    "training sentences": ("training", "sentences", 1),
    "test sentences": ("test", "sentences", 1),
    "types": ("training", "types", 1),
    "mean mention length": ("test", "mean_length", 1),
    "mentions one word long": ("test", "one_token", 100),
    "mentions longer than three words": ("test", "over_three_tokens", 100),
}  # quantity of the paper: part, column, factor to the paper's unit


def table1(corpora: Mapping[str, tuple[Corpus, Split]]) -> pd.DataFrame:
    """Compute the statistics of each corpus and part: see `bner.analysis.statistics.part_statistics`.

    Args:
        corpora: by name, each with the split that dev is drawn by.

    Returns:
        Indexed by corpus and part.
    """
    tables = {name: part_statistics(corpus_parts(corpus, split)) for name, (corpus, split) in corpora.items()}
    return pd.concat(tables, names=["corpus", "part"])


def types_of(corpora: Mapping[str, tuple[Corpus, Split]]) -> pd.DataFrame:
    """Compute the mentions of each corpus, part and type: see `bner.analysis.statistics.type_statistics`."""
    tables = {name: type_statistics(corpus_parts(corpus, split)) for name, (corpus, split) in corpora.items()}
    return pd.concat(tables, names=["corpus", "part", "type"])


def beside_paper(corpora: Mapping[str, tuple[Corpus, Split]]) -> pd.DataFrame:
    """Compute what the paper's prose states of each corpus, in the paper's units and not rounded.

    Returns:
        Columns: corpus, quantity, part (the one that is counted), computed, paper.
    """
    rows = []
    for name, (corpus, _) in corpora.items():
        parts = corpus_parts(corpus)
        counted, types = part_statistics(parts), type_statistics(parts)
        computed = {
            quantity: (part, factor * float(counted[column][part]))
            for quantity, (part, column, factor) in _STATED.items()
        }
        if ("test", "protein") in types.index:
            computed["protein mentions"] = ("test", 100 * float(types["share"]["test", "protein"]))
        for quantity, (part, value) in computed.items():
            stated = paper_value(quantity, name)
            if stated is not None:
                rows.append({"corpus": name, "quantity": quantity, "part": part, "computed": value, "paper": stated})
    return pd.DataFrame(rows, columns=["corpus", "quantity", "part", "computed", "paper"])
