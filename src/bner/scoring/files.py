"""The official scores of prediction files."""

from __future__ import annotations

from pathlib import Path

from bner.corpora import gm, iob2
from bner.errors import BnerError
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import ALL, jnlpba_counts
from bner.scoring.spans import Counts


def score_gm_files(gold: Path, predictions: Path) -> Counts:
    """The official counts of a `*.eval` file against a folder with GENE.eval and ALTGENE.eval.

    Where the folder has its sentences (one file `*.in`), both are checked against them.

    Raises:
        BnerError: a file is missing or broken, or names a sentence that the gold does not have.
    """
    sentences = sorted(gold.glob("*.in"))
    texts = gm.read_texts(sentences[0]) if len(sentences) == 1 else None
    genes = gm.read_eval(gold / "GENE.eval", texts)
    alternatives = gm.read_eval(gold / "ALTGENE.eval", texts)
    return gm_counts(genes, alternatives, gm.read_eval(predictions, texts))


def score_jnlpba_files(gold: Path, predictions: Path) -> list[str]:
    """The official counts of an IOB2 file: fully correct over all first, then each type and boundary by name.

    Raises:
        BnerError: a file is missing or broken, or the two have other sentences.
    """
    expected, found = iob2.read_sentences(gold), iob2.read_sentences(predictions)
    if len(expected) != len(found):
        raise BnerError(f"{predictions} has {len(found)} sentences and {gold} {len(expected)}: they must be the same.")
    for one, other in zip(expected, found, strict=True):
        if one.tokens != other.tokens:
            raise BnerError(
                f"sentence {one.identifier} of {predictions} has other tokens than in {gold}: compare them."
            )
    # Predicted types that the gold does not have are false positives of their own.
    types = sorted({mention.type for sentence in (*expected, *found) for mention in sentence.mentions})
    counts = jnlpba_counts([one.mentions for one in expected], [one.mentions for one in found], types)
    named = [f"{type_} {match} {row}" for (type_, match), row in counts.items() if (type_, match) != (ALL, "full")]
    return [str(counts[ALL, "full"]), *named]
