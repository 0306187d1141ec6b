"""The CRF over hand-made features: its settings, its training with CRFsuite, and tagging.

CRFsuite (Okazaki 2007) maximises the log-likelihood of a first-order linear chain with L-BFGS, or OWL-QN where c1 > 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from bner.baseline.clusters import WordClusters
from bner.baseline.features import FeatureExtractor
from bner.corpora.bies import LabelSet
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError, check_range


@dataclass
class FeatureCRFConfig:
    """Configuration of the feature CRF, which builds it: the section `baseline` of conf/baseline.yaml.

    Attributes:
        name: its name in runs and tables.
        c1: the coefficient of the L1 penalty.
        c2: the coefficient of the L2 penalty.
        max_iterations: of the optimizer, at most.
        min_freq: features that training has less often are left out.
        window: the words on each side whose features a token has too.
        clusters: word clusters of the vectors of `embedding`; 0 is none.
    """

    name: str
    c1: float
    c2: float
    max_iterations: int
    min_freq: int
    window: int
    clusters: int

    def __post_init__(self) -> None:
        for key in ("c1", "c2", "clusters", "window"):
            check_range(key, getattr(self, key), 0)
        for key in ("max_iterations", "min_freq"):
            check_range(key, getattr(self, key), 1)

    def build(self, labels: LabelSet, clusters: WordClusters) -> FeatureCRF:
        """Build the CRF, not trained yet."""
        return FeatureCRF(self, labels, FeatureExtractor(self.window, clusters))


class FeatureCRF:
    """A CRF over hand-made features, whose weights lie in a file of CRFsuite.

    Args:
        config: the settings of its training.
        labels: the labels that it predicts.
        extractor: the features of tokens.
    """

    def __init__(self, config: FeatureCRFConfig, labels: LabelSet, extractor: FeatureExtractor) -> None:
        self.config = config
        self.labels = labels
        self.extractor = extractor
        self._numbers = {name: number for number, name in enumerate(labels.names)}
        self._tagger: pycrfsuite.Tagger | None = None

    def train(self, sentences: Iterable[Sentence], path: Path, report: Callable[[int, float], None]) -> int:
        """Train on the gold mentions of sentences, and write the weights.

        Args:
            sentences: to train on.
            path: the file to write.
            report: called after each iteration with its number, from 1, and the objective: minus the log-likelihood of
                all sentences plus the penalties. An exception that it raises ends training.

        Returns:
            The number of iterations.
        """
        trainer = _Trainer(report)
        trainer.set_params(
            {
                "c1": self.config.c1,
                "c2": self.config.c2,
                "max_iterations": self.config.max_iterations,
                "feature.minfreq": self.config.min_freq,
            }
        )
        for sentence in sentences:
            if sentence.tokens:
                labels = self.labels.encode(len(sentence.tokens), sentence.mentions)
                trainer.append(self._items(sentence.tokens), [self.labels.names[label] for label in labels])
        trainer.train(str(path))
        self.load(path)
        return trainer.iterations

    def load(self, path: Path) -> None:
        """Load the weights of a file that `train` wrote.

        Raises:
            BnerError: the file is missing or no model of CRFsuite, or has labels other than these.
        """
        tagger = pycrfsuite.Tagger()
        try:
            tagger.open(str(path))
        except (OSError, ValueError) as error:
            raise BnerError(f"{path} is no model of CRFsuite: name one that bner baseline wrote.") from error
        foreign = sorted(set(tagger.labels()) - set(self.labels.names))
        if foreign:
            raise BnerError(f"{path} has the label {foreign[0]}, which the corpus has not: name one of this corpus.")
        self._tagger = tagger

    def predict(self, sentences: Iterable[Sequence[str]]) -> Iterator[tuple[Mention, ...]]:
        """Yield the mentions of each sentence, given its tokens: the best label sequence, decoded by the rule of BIES.

        Raises:
            RuntimeError: the CRF has neither been trained nor loaded.
        """
        if self._tagger is None:
            raise RuntimeError("the CRF has no weights: train or load it first")
        for tokens in sentences:
            names = self._tagger.tag(self._items(tokens)) if tokens else []
            yield self.labels.decode([self._numbers[name] for name in names])

    def _items(self, tokens: Sequence[str]) -> pycrfsuite.ItemSequence:
        return pycrfsuite.ItemSequence(self.extractor.extract(tokens))


class _Trainer(pycrfsuite.Trainer):
    """CRFsuite's trainer, which reports its iterations to a function instead of printing them."""

    def __init__(self, report: Callable[[int, float], None]) -> None:
        super().__init__(algorithm="lbfgs", verbose=False)
        self.report = report
        self.iterations = 0

    def message(self, message: str) -> None:
        """Receive a line of CRFsuite's log."""
        super().message(message)
        done = self.logparser.iterations
        if len(done) > self.iterations and "loss" in done[-1]:
            self.iterations = len(done)
            self.report(self.iterations, float(done[-1]["loss"]))
