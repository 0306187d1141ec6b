"""The cells of the paper's tables: which variant each one is, and the tracked runs that fill it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from bner.errors import BnerError
from bner.tracking.scores import RunScores, read_scores
from bner.tracking.tags import COMMAND
from bner.tracking.variants import VariantRun, by_variant, variant_runs

NO_CHARACTERS = "nochar"  # as the tag variant.char has it
SWEEP = "-m"


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant by the axes of the paper, on no corpus in particular.

    Attributes:
        model: lstm, blstm or another recurrent network; feature_crf.
        embedding: the label of the word vectors.
        vectors: frozen or tuned.
        char: the characters' network, `nochar` for none.
        decoder: crf or softmax.
        settings: what else differs from the default, as in `max_epochs=10`; `default` where nothing does.
    """

    model: str
    embedding: str
    vectors: str
    char: str
    decoder: str
    settings: str

    def __str__(self) -> str:
        return "-".join((self.model, self.embedding, self.vectors, self.char, self.decoder))


@dataclass(frozen=True)
class Cell:
    """The finished runs of a variant on a corpus, one for each seed; none where the cell is missing.

    Attributes:
        corpus: the corpus's name.
        variant: the variant.
        runs: sorted by seed.
    """

    corpus: str
    variant: Variant
    runs: tuple[VariantRun, ...]

    def mean(self, metric: str) -> float:
        """Return the mean of a metric over the seeds, NaN where there is no run."""
        values = [run.metrics[metric] for run in self.runs if metric in run.metrics]
        return float(np.mean(values)) if values else float("nan")

    def deviation(self, metric: str) -> float:
        """Return the sample standard deviation of a metric over the seeds (n - 1), NaN for fewer than two."""
        values = [run.metrics[metric] for run in self.runs if metric in run.metrics]
        return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")


class Results:
    """The finished runs of an experiment as cells.

    Args:
        uri: of the MLflow store.
        experiment: the experiment with the runs.

    Raises:
        BnerError: there is no such store or experiment, or it has no finished run.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri = uri
        self.experiment = experiment
        runs = variant_runs(uri, experiment)
        found: dict[tuple[str, Variant], list[VariantRun]] = {}
        for group in by_variant(runs).values():
            found.setdefault((group[0].corpus, variant_of(group[0])), []).extend(group)
        if not found:
            raise BnerError(
                f"experiment {experiment} has {len(runs)} runs and none of them is FINISHED: train one with "
                "python train.py, or name another experiment with --experiment NAME."
            )
        self.cells = {key: Cell(*key, tuple(sorted(group, key=lambda run: run.seed))) for key, group in found.items()}
        self._scores: dict[str, RunScores] = {}

    @property
    def corpora(self) -> tuple[str, ...]:
        """The corpora that have finished runs, sorted."""
        return tuple(sorted({corpus for corpus, _ in self.cells}))

    def cell(self, corpus: str, variant: Variant) -> Cell:
        """Return the cell of a variant, without runs where it is missing."""
        return self.cells.get((corpus, variant), Cell(corpus, variant, ()))

    def matching(self, corpus: str, **axes: str) -> list[Cell]:
        """Return the cells of a corpus whose variant has these values of axes, by the variant's name."""
        return sorted(
            (
                cell
                for (name, variant), cell in self.cells.items()
                if name == corpus and all(getattr(variant, axis) == value for axis, value in axes.items())
            ),
            key=lambda cell: (str(cell.variant), cell.variant.settings),
        )

    def scores(self, cell: Cell) -> list[RunScores]:
        """Return the counts by sentence of each run of a cell; each run is read once.

        Raises:
            BnerError: a run has none.
        """
        for run in cell.runs:
            if run.run_id not in self._scores:
                self._scores[run.run_id] = read_scores(self.uri, run.run_id)
        return [self._scores[run.run_id] for run in cell.runs]

    def base(self, name: str | None) -> Variant:
        """Return the variant that tables compare with: the paper's best model.

        Args:
            name: the variant's name without its corpus, as in `blstm-biomed300-frozen-attention-crf`, with `-` and its
                settings where they are not the default; None chooses, among the bidirectional LSTMs with frozen
                biomedical vectors of 300 dimensions, characters and CRF, the one with the most runs.

        Raises:
            BnerError: no run is of that variant.
        """
        counted: dict[Variant, int] = {}
        for (_, variant), cell in self.cells.items():
            counted[variant] = counted.get(variant, 0) + len(cell.runs)
        if name is not None:
            found = [variant for variant in counted if name in (str(variant), _full_name(variant))]
        else:
            wanted = ("blstm", "biomed300", "frozen", "crf")
            found = [
                each
                for each in counted
                if (each.model, each.embedding, each.vectors, each.decoder) == wanted and each.char != NO_CHARACTERS
            ]
        if not found:
            said = f"of the variant {name}" if name else "of blstm on frozen biomed300 vectors with characters and CRF"
            raise BnerError(
                f"experiment {self.experiment} has no finished run {said}: name the variant that tables compare with "
                f"by --baseline, as in {_full_name(max(counted, key=lambda each: counted[each]))}."
            )
        return max(found, key=lambda each: (counted[each], each.settings == "default", _full_name(each)))


def variant_of(run: VariantRun) -> Variant:
    """Return the variant of a run, from its tags."""
    return Variant(*(run.tags.get(f"variant.{axis}", "-") for axis in Variant.__dataclass_fields__))


def changed(variant: Variant, **axes: str) -> Variant:
    """Return the variant with other values of some axes."""
    return replace(variant, **axes)


def command_for(cell: Cell, like: Iterable[VariantRun]) -> str:
    """Return the command that trains the variant of a cell, with the other settings of the runs that it stands beside.

    Args:
        cell: the cell.
        like: runs of the table's baseline; the first one on the cell's corpus gives the other settings, else the first.
    """
    runs = list(like)
    chosen = next((run for run in runs if run.corpus == cell.corpus), runs[0])
    variant = cell.variant
    axes = {
        "corpus": cell.corpus, "embedding": variant.embedding, "model": variant.model,
        "char": "none" if variant.char == NO_CHARACTERS else variant.char, "decoder": variant.decoder,
        "embedding.finetune": str(variant.vectors == "tuned").lower(), "seed": "1",
    }  # fmt: skip
    same_vectors = chosen.tags.get("variant.embedding") == variant.embedding
    kept = [
        word
        for word in shlex.split(chosen.tags.get(COMMAND, ""))[2:]
        if word.partition("=")[0] not in (*axes, "ablation") and (same_vectors or not re.match(r"\+*embedding\.", word))
    ]
    return shlex.join(["python", "train.py", *(f"{key}={value}" for key, value in axes.items()), *kept])


def _full_name(variant: Variant) -> str:
    return str(variant) + ("" if variant.settings == "default" else f"-{variant.settings.replace(' ', '-')}")
