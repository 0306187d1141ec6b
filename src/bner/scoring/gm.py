"""The official score of BioCreative II GM, with alternative annotations.

A true positive is a GENE mention that is found: some prediction has the offsets of the mention, or those of an ALTGENE
entry of the same sentence that overlaps the mention (so one prediction may find two mentions). The other mentions are
false negatives. A false positive is a prediction that has the offsets of no GENE and no ALTGENE entry of its sentence;
one that is given twice counts twice.

These are the rules of the task's script `alt_eval.perl`, which differs in corners: it takes an empty line in the
predictions for a false positive (here such lines are skipped), and ends with a division by zero where no mention is
found, as for an empty file (here the scores are 0). See docs/scoring.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bner.corpora.gm import Annotation, Annotations
from bner.scoring.spans import CountsArray, counts_array


def gm_counts(
    identifiers: Iterable[str], genes: Annotations, alternatives: Annotations, predicted: Annotations
) -> CountsArray:
    """Count by the official rule; with no alternatives the counts are the strict ones.

    Args:
        identifiers: the sentences to score.
        genes: the entries of GENE.eval by sentence.
        alternatives: the entries of ALTGENE.eval by sentence.
        predicted: the entries of a prediction file by sentence.

    Returns:
        The counts of each sentence, (S, 3), in the order of `identifiers`.

    Raises:
        ValueError: a mention or a prediction is in a sentence that is not to be scored.

    >>> gm_counts(["s"], {"s": [(0, 4), (6, 9)]}, {"s": [(0, 9)]}, {"s": [(0, 9), (12, 14)]}).tolist()
    [[2, 1, 0]]
    """
    identifiers = tuple(identifiers)
    if foreign := {*genes, *predicted}.difference(identifiers):
        raise ValueError(f"sentence {sorted(foreign)[0]} is not among those to be scored")
    return counts_array(
        _sentence_counts(genes.get(name, ()), alternatives.get(name, ()), predicted.get(name, ()))
        for name in identifiers
    )


def _sentence_counts(
    genes: Sequence[Annotation], alternatives: Sequence[Annotation], predicted: Sequence[Annotation]
) -> tuple[int, int, int]:
    given = set(predicted)
    used = [alternative for alternative in alternatives if alternative in given]
    found = sum(gene in given or any(overlap(gene, alternative) for alternative in used) for gene in genes)
    accepted = {*genes, *alternatives}
    false = sum(prediction not in accepted for prediction in predicted)
    return found, false, len(genes) - found


def overlap(first: Annotation, second: Annotation) -> bool:
    """Return whether two annotations share a character; END is a mention's last character."""
    return first[0] <= second[1] and second[0] <= first[1]
