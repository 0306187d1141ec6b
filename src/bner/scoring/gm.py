"""The official score of BioCreative II GM, with alternative annotations.

A true positive is a GENE mention that is found: some prediction has the offsets of the mention, or those of an ALTGENE
entry of the same sentence that overlaps the mention (so one prediction may find two mentions). The other mentions are
false negatives. A false positive is a prediction that has the offsets of no GENE and no ALTGENE entry of its sentence;
one that is given twice counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from bner.corpora.gm import Annotation, Annotations
from bner.scoring.spans import Counts


def gm_counts(genes: Annotations, alternatives: Annotations, predicted: Annotations) -> Counts:
    """The official counts; with no alternatives they are the strict ones.

    Args:
        genes: the entries of GENE.eval by sentence.
        alternatives: the entries of ALTGENE.eval by sentence.
        predicted: the entries of a prediction file by sentence.

    >>> gm_counts({"s": [(0, 4), (6, 9)]}, {"s": [(0, 9)]}, {"s": [(0, 9), (12, 14)]})
    Counts(tp=2, fp=1, fn=0)
    """
    total = Counts()
    for identifier in {**genes, **predicted}:
        total += _sentence_counts(
            genes.get(identifier, ()), alternatives.get(identifier, ()), predicted.get(identifier, ())
        )
    return total


def _sentence_counts(
    genes: Sequence[Annotation], alternatives: Sequence[Annotation], predicted: Sequence[Annotation]
) -> Counts:
    given = set(predicted)
    used = [alternative for alternative in alternatives if alternative in given]
    found = sum(gene in given or any(_overlap(gene, alternative) for alternative in used) for gene in genes)
    accepted = {*genes, *alternatives}
    false = sum(prediction not in accepted for prediction in predicted)
    return Counts(found, false, len(genes) - found)


def _overlap(first: Annotation, second: Annotation) -> bool:
    """Whether two annotations share a character; END is a mention's last character."""
    return first[0] <= second[1] and second[0] <= first[1]
