"""Files of predictions are read back as they were written, and those of other sentences refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bner.corpora.corpus import Corpus
from bner.corpora.gm import GMConfig
from bner.corpora.iob2 import IOB2Config
from bner.corpora.sentence import Mention
from bner.errors import BnerError
from tests.conftest import write


def corpus_of(data: Path, name: str) -> Corpus:
    if name == "gm":
        return GMConfig("gm", str(data / "corpora" / "bc2gm"), "train", "test").build()
    jnlpba = IOB2Config("jnlpba", str(data / "corpora" / "jnlpba"), "Genia4ERtask2.iob2", "Genia4EReval2.iob2").build()
    if name == "jnlpba":
        return jnlpba
    return Corpus(name="own", train=jnlpba.train, test=jnlpba.test, files=())


def random_mentions(corpus: Corpus, seed: int) -> list[tuple[Mention, ...]]:
    rng = np.random.default_rng(seed)
    predicted = []
    for sentence in corpus.test:
        cuts = sorted({int(cut) for cut in rng.integers(0, len(sentence.tokens) + 1, 6)})
        predicted.append(
            tuple(Mention(*span, str(rng.choice(corpus.types))) for span in pairwise(cuts) if rng.random() < 0.6)
        )
    return predicted


@pytest.mark.parametrize("name", ["gm", "jnlpba", "own"])
def test_round_trip(name: str, small_data: Path, tmp_path: Path) -> None:
    corpus = corpus_of(small_data, name)
    for seed in range(20):
        predicted = random_mentions(corpus, seed)
        path = corpus.write_predictions(tmp_path, predicted)
        assert path.name == corpus.predictions_file
        assert corpus.read_predictions(path) == tuple(predicted)


def test_round_trip_of_the_real_corpora(data_folder: Path, tmp_path: Path) -> None:
    for name in ("gm", "jnlpba"):
        corpus = corpus_of(data_folder, name)
        predicted = random_mentions(corpus, 1)
        assert corpus.read_predictions(corpus.write_predictions(tmp_path, predicted)) == tuple(predicted)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("S1|4 5|53", "begin or end within a token"),
        ("S1|3 4|p5", "begin or end within a token"),
        ("S1|3 500|p53", "beyond sentence S1"),
        ("T1|3 5|p53", "names sentence T1, which the corpus does not have"),
        ("S1 3 5", "is not 'identifier"),
    ],
)
def test_gm_predictions_of_other_sentences(line: str, sentence: str, small_data: Path, tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=sentence):
        corpus_of(small_data, "gm").read_predictions(write(tmp_path / "test.eval", [line]))


def test_iob2_predictions_of_other_sentences(small_data: Path, tmp_path: Path) -> None:
    corpus = corpus_of(small_data, "jnlpba")
    text = corpus.write_predictions(tmp_path, [()] * len(corpus.test)).read_text()
    for changed, sentence in (
        (text.replace("HL-60", "HL-61"), "has other tokens than in the corpus"),
        (text.replace("Nothing\tO\n", ""), "has 3 sentences and the corpus 4"),
        (text.replace("HL-60\tO", "HL-60\tI-DNA"), "continues no mention of its type"),
        ("", "is empty"),
    ):
        with pytest.raises(BnerError, match=sentence):
            corpus.read_predictions(write(tmp_path / "changed.iob2", changed.splitlines()))
