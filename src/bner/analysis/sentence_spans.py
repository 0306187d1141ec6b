"""The gold and predicted mentions of test sentences, by the rules of their corpus.

`sentence_spans` is a single-dispatch function on the class of the corpus, as `bner.scoring.final.final_scores` is: a
class of one's own has no alternatives unless `sentence_spans.register` gives it some.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from bner.analysis.errors import SentenceSpans
from bner.corpora import gm
from bner.corpora.corpus import Corpus
from bner.corpora.gm import GMCorpus
from bner.corpora.sentence import Mention, Sentence
from bner.scoring.gm import overlap


@singledispatch
def sentence_spans(corpus: Corpus, predicted: Sequence[Sequence[Mention]]) -> tuple[SentenceSpans, ...]:
    """Put the gold and predicted mentions of each test sentence side by side.

    Raises:
        ValueError: there is another number of sentences than in the test part.
    """
    return tuple(
        # Strict spans count a mention that is given twice once.
        SentenceSpans(
            sentence.identifier, sentence.tokens, tuple(dict.fromkeys(sentence.mentions)), tuple(dict.fromkeys(its))
        )
        for sentence, its in zip(corpus.test, predicted, strict=True)
    )


@sentence_spans.register(GMCorpus)
def _(corpus: GMCorpus, predicted: Sequence[Sequence[Mention]]) -> tuple[SentenceSpans, ...]:
    return tuple(_gm_spans(corpus, sentence, its) for sentence, its in zip(corpus.test, predicted, strict=True))


def _gm_spans(corpus: GMCorpus, sentence: Sentence, predicted: Sequence[Mention]) -> SentenceSpans:
    """Compare by character offsets, as GM's two scores do; errors are then told by tokens."""
    genes = corpus.genes.get(sentence.identifier, ())
    alternatives = corpus.alternatives.get(sentence.identifier, ())
    gold = tuple(gm.to_mentions(sentence, genes))
    given = gm.to_annotations(sentence, predicted)
    used = set(alternatives).intersection(given)
    return SentenceSpans(
        sentence.identifier,
        sentence.tokens,
        gold,
        tuple(predicted),
        alternatives=tuple(gm.to_mentions(sentence, alternatives)),
        within_token=_positions(
            one != other for one, other in zip(genes, gm.to_annotations(sentence, gold), strict=True)
        ),
        accepted_gold=_positions(any(overlap(gene, alternative) for alternative in used) for gene in genes),
        accepted_predicted=_positions(annotation in alternatives for annotation in given),
    )


def _positions(flags: Iterable[bool]) -> frozenset[int]:
    return frozenset(position for position, flag in enumerate(flags) if flag)
