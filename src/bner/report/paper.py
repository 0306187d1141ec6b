"""The numbers that the prose of Lyu et al. 2017 gives: the reference column of tables, never a result of this program.

The paper's tables and figures are not in its text; their values are here only where a sentence states them. Shares are
in percent and gains in points of F1, as the paper prints them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pandas as pd

PAPER = "Lyu et al. 2017"
GM, JNLPBA = "gm", "jnlpba"
P_BELOW = 1e-3
"""The paper's p of the differences that it tests, by a paired t-test."""

BEST_F1 = "official F1"
STRICT_F1 = "strict F1"
GAINS = {
    "random300": "gain over random vectors",
    "senna50": "gain over SENNA 50",
    "lstm": "gain over one direction",
    "nochar": "gain over no characters",
    "softmax": "gain over softmax",
    "tuned": "gain over tuned biomed300",
}
"""Names of the best model's gains over other models, by the change that makes the other model from it."""


@dataclass(frozen=True, slots=True)
class PaperValue:
    """A number of the paper.

    Attributes:
        quantity: its name, unique for a corpus.
        corpus: gm or jnlpba.
        value: as the paper prints it.
        unit: `F1`, `points` of F1, `%`, or what is counted.
        section: the heading of the paper under which the sentence stands.
        note: what else the sentence says; empty where it says nothing else.
    """

    quantity: str
    corpus: str
    value: float
    unit: str
    section: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublishedSystem:
    """A system of the paper's Table 5 (GM) or 6 (JNLPBA).

    Attributes:
        name: of the system.
        corpus: gm or jnlpba.
        f1: its official F1 in percent.
        source: the publication.
        stated: where the number comes from.
        method: in a few words.
    """

    name: str
    corpus: str
    f1: float
    source: str
    stated: str
    method: str


def _both(quantity: str, gm: float, jnlpba: float, unit: str, section: str, note: str = "") -> Iterator[PaperValue]:
    yield PaperValue(quantity, GM, gm, unit, section, note)
    yield PaperValue(quantity, JNLPBA, jnlpba, unit, section, note)


_DATA, _WORDS, _DIRECTIONS = "Data sets", "Contributions of word embeddings", "Bidirectional and unidirectional"
_TUNING, _CHARACTERS, _CRF = "Fine-tuning word embeddings", "Character representation", "Effects of the CRFs"
_PREVIOUS, _ERRORS = "Comparison with previous systems", "Error analysis"

VALUES: tuple[PaperValue, ...] = (
    *_both("sentences", 20_000, 22_402, "sentences", _DATA),
    *_both("training sentences", 15_000, 18_546, "sentences", _DATA, "a tenth of them is dev"),
    *_both("test sentences", 5_000, 3_856, "sentences", _DATA),
    *_both("types", 1, 5, "types", _DATA),
    PaperValue("mean mention length", JNLPBA, 2, "words", _DIRECTIONS, "in words: two"),
    PaperValue("mentions one word long", JNLPBA, 40.0, "%", _DIRECTIONS),
    PaperValue("mentions longer than three words", JNLPBA, 15.4, "%", _DIRECTIONS),
    PaperValue("protein mentions", JNLPBA, 58.5, "%", _ERRORS),
    *_both(BEST_F1, 86.55, 73.79, "F1", "Abstract", "BLSTM, biomedical vectors (300), frozen, characters, CRF"),
    PaperValue(STRICT_F1, GM, 77.5, "F1", _ERRORS, "without the alternative annotations, with them 86.6"),
    *_both(GAINS["random300"], 6.37, 4.11, "points", _WORDS, "the largest gain"),
    *_both(GAINS["senna50"], 4.55, 4.57, "points", _WORDS),
    *_both(GAINS["lstm"], 0.43, 1.21, "points", _DIRECTIONS, "the largest gain"),
    *_both(GAINS["nochar"], 2.3, 1.7, "points", _CHARACTERS),
    *_both(GAINS["softmax"], 3.91, 1.86, "points", _CRF),
    PaperValue(GAINS["tuned"], GM, 2.02, "points", _TUNING, "the largest gain"),
    # With the gain over frozen SENNA this makes 86.81 on GM, more than the best model has: the prose does not add up.
    *_both("gain of tuning SENNA 50", 4.81, 2.87, "points", _TUNING, "the largest gain among general vectors"),
    PaperValue("gain over Li et al. 2015", GM, 4.68, "points", _PREVIOUS),
    PaperValue("gain over NERBio", JNLPBA, 0.81, "points", _PREVIOUS),
    PaperValue("boundary errors among FP", JNLPBA, 80, "%", _ERRORS, "more than"),
    PaperValue("boundary errors among FN", JNLPBA, 80, "%", _ERRORS, "more than"),
    *_both("missing mentions", 9.72, 8.51, "%", _ERRORS, "of all mentions; overlapped by no prediction"),
    *_both("missing mentions one word long", 54.6, 48.3, "%", _ERRORS, "of the missing ones"),
    PaperValue("missing mentions one word long, no characters", JNLPBA, 56.4, "%", _ERRORS, "of the missing ones"),
    PaperValue("missing mentions of type protein", JNLPBA, 49.1, "%", _ERRORS, "of the missing ones"),
    PaperValue("cell_type taken for cell_line", JNLPBA, 35.6, "%", _ERRORS, "of the errors of type alone"),
    PaperValue("DNA taken for protein", JNLPBA, 31.5, "%", _ERRORS, "of the errors of type alone"),
)

SYSTEMS: tuple[PublishedSystem, ...] = (
    PublishedSystem("IBM", GM, 87.21, "Ando 2007", "the source", "semi-supervised, forward and backward models"),
    PublishedSystem("Gimli", GM, 87.17, "Campos et al. 2013", "the source", "CRFs on hand-made features"),
    PublishedSystem(
        "Li et al.", GM, 81.87, "Li et al. 2015", f"{PAPER}: 86.55 - 4.68", "extended Elman network, softmax"
    ),
    PublishedSystem(
        "NERBio", JNLPBA, 72.98, "Tsai et al. 2006", f"{PAPER}: 73.79 - 0.81", "CRFs on hand-made features"
    ),
    PublishedSystem("Infocomm", JNLPBA, 72.55, "Zhou and Su 2004", "the source", "HMM and SVM on hand-made features"),
    PublishedSystem("Gimli", JNLPBA, 72.23, "Campos et al. 2013", "the source", "CRFs on hand-made features"),
)


def paper_value(quantity: str, corpus: str) -> float | None:
    """Return a number of the paper as it prints it, None where its prose has none.

    >>> paper_value("mentions one word long", "jnlpba"), paper_value("strict F1", "jnlpba")
    (40.0, None)

    Raises:
        KeyError: no number of any corpus has that name.
    """
    found = {value.corpus: value.value for value in VALUES if value.quantity == quantity}
    if not found:
        raise KeyError(quantity)
    return found.get(corpus)


def implied_f1(corpus: str, change: str | None = None) -> float | None:
    """Return the official F1 of the best model, or of what a single change makes of it, where the prose says it.

    Args:
        corpus: gm or jnlpba.
        change: a key of `GAINS`; None is the best model itself.

    >>> implied_f1("gm"), implied_f1("gm", "random300"), implied_f1("jnlpba", "tuned")
    (86.55, 80.18, None)
    """
    best = paper_value(BEST_F1, corpus)
    if change is None or best is None:
        return best
    gain = paper_value(GAINS[change], corpus)
    return None if gain is None else round(best - gain, 2)


def paper_values() -> pd.DataFrame:
    """Return all numbers: quantity, corpus, value, unit, section, note."""
    return pd.DataFrame([asdict(value) for value in VALUES])


def published_systems(corpus: str) -> pd.DataFrame:
    """Return the published systems of a corpus, the best first: name, corpus, f1, source, stated, method."""
    chosen = [asdict(system) for system in SYSTEMS if system.corpus == corpus]
    return pd.DataFrame(chosen).sort_values("f1", ascending=False, ignore_index=True)
