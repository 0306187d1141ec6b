"""The official scores of prediction files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bner.corpora import gm, iob2
from bner.corpora.bies import mentions_to_iob2
from bner.corpora.tagged import read_tags
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import jnlpba_counts
from bner.scoring.spans import SentenceCounts


@dataclass(frozen=True)
class JNLPBAFileScores:
    """The official scores of an IOB2 file.

    Attributes:
        table: the counts by a type (or `all`) and one of `full`, `left` and `right`.
        illegal: for each predicted tag that is illegal where it stands, its line and why.
    """

    table: dict[tuple[str, str], SentenceCounts]
    illegal: tuple[str, ...]


def score_gm_files(gold: Path, predictions: Path) -> SentenceCounts:
    """Score a `*.eval` file against a folder with GENE.eval and ALTGENE.eval by the official rule.

    Where the folder has its sentences (one file `*.in`), both are checked against them and all sentences are counted;
    where it has not, those that have a gold mention or a prediction.

    Raises:
        BnerError: a file is missing or broken, or names a sentence that the gold does not have.
    """
    sentences = sorted(gold.glob("*.in"))
    texts = gm.read_texts(sentences[0]) if len(sentences) == 1 else None
    genes = gm.read_eval(gold / "GENE.eval", texts)
    alternatives = gm.read_eval(gold / "ALTGENE.eval", texts)
    predicted = gm.read_eval(predictions, texts)
    identifiers = tuple(texts or {**genes, **predicted})
    return SentenceCounts(identifiers, gm_counts(identifiers, genes, alternatives, predicted))


def score_jnlpba_files(gold: Path, predictions: Path) -> JNLPBAFileScores:
    """Score an IOB2 file against a gold file by the official rule, which also reads illegal predicted tags.

    Raises:
        BnerError: a file is missing or broken, the gold has an illegal tag, or the two have other sentences.
    """
    expected = iob2.read_sentences(gold)
    found = read_tags(predictions, expected, str(gold))
    gold_tags = [mentions_to_iob2(len(sentence.tokens), sentence.mentions) for sentence in expected]
    found_tags = [sentence.tags for sentence in found]
    # Predicted types that the gold does not have are false positives of their own.
    types = sorted({tag[2:] for tags in (*gold_tags, *found_tags) for tag in tags if tag.startswith("B-")})
    identifiers = tuple(sentence.identifier for sentence in expected)
    counts = jnlpba_counts(gold_tags, found_tags, types)
    return JNLPBAFileScores(
        {key: SentenceCounts(identifiers, rows) for key, rows in counts.items()},
        tuple(problem for sentence in found for problem in sentence.problems()),
    )
