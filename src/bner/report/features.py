"""The features of a tracked run's network for the paper's two contexts, or any other sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bner.analysis.features import CONTEXTS, features, with_context
from bner.corpora.sentence import Sentence
from bner.errors import BnerError
from bner.report.trained_network import run_settings, trained_network
from bner.tracking.artifacts import add_text, artifact, get_run

FEATURES = "tables/features.csv"


def feature_table(
    uri: str, run_id: str, data: Path | None = None, sentences: Sequence[Sequence[str]] | None = None
) -> pd.DataFrame:
    """Compute the features of each token before the CRF, by the network of a run at its best epoch.

    The table of the paper's sentences is kept as the run's artifact `tables/features.csv`, and read back from there.
    They are whole sentences, with gold labels, where the run's test part has them, as JNLPBA's has; else the words that
    the paper quotes, with nothing around them.

    Args:
        uri: of the MLflow store.
        run_id: of the run.
        data: the folder with corpora and vectors; None is the one that the run had.
        sentences: the tokens of other sentences.

    Returns:
        A table of features, see `bner.analysis.features`.

    Raises:
        BnerError: there is no such store or run; the run has no checkpoint; the vector file or the corpus is missing,
            or the vector file is another one than the network was trained with; a sentence has no tokens.
    """
    if sentences is not None:
        if not sentences or not all(sentences):
            raise BnerError("there are no features of a sentence without tokens: give each sentence one at least.")
        own = [Sentence(str(number), tuple(tokens)) for number, tokens in enumerate(sentences, start=1)]
        return _computed(uri, run_id, data, own)
    get_run(uri, run_id)
    try:
        with artifact(uri, run_id, FEATURES) as file:
            text = dict.fromkeys(("sentence", "token", "predicted", "gold"), str)
            return pd.read_csv(file, dtype=text, keep_default_na=False)  # NA is a token like others
    except FileNotFoundError:
        table = _computed(uri, run_id, data, None)
    add_text(uri, run_id, table.to_csv(index=False, float_format="%.9g", lineterminator="\n"), FEATURES)
    return table


def _computed(uri: str, run_id: str, data: Path | None, sentences: list[Sentence] | None) -> pd.DataFrame:
    settings = run_settings(uri, run_id, data)
    if sentences is not None:
        return features(*trained_network(uri, run_id, settings, sentences), sentences, with_gold=False)
    test = settings.corpus.build().test
    found = [with_context(test, context) for context in CONTEXTS]
    chosen = [each for each in found if each is not None]
    if len(chosen) == len(CONTEXTS):
        return features(*trained_network(uri, run_id, settings, chosen), chosen, with_gold=True)
    quoted = [Sentence(f"quoted {number}", context) for number, context in enumerate(CONTEXTS, start=1)]
    return features(*trained_network(uri, run_id, settings, quoted), quoted, with_gold=False)
