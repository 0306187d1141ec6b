"""Compare tracked runs: two of them, or the variants of a sweep with one of them on each of its corpora."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence

from bner.analysis.kinds import TestKind
from bner.errors import BnerError
from bner.report.compare import Comparison, compare_variants
from bner.tracking.scores import read_scores
from bner.tracking.variants import FINISHED, VariantRun, by_variant, variant_runs


def compare_runs(
    uri: str,
    first: str,
    second: str,
    resamples: int = 10_000,
    seed: int = 1,
    tests: Collection[TestKind] | None = None,
) -> Comparison:
    """Compare a run with another one: two variants with one run each.

    Args:
        uri: of an MLflow store.
        first: the run that is compared with, by its identifier.
        second: the run whose F1 minus the first one's is the effect.
        resamples: of the randomisation and the bootstrap.
        seed: of the resamples.
        tests: which to make, None for all that can be made.

    Raises:
        BnerError: there is no such run, one has no counts by sentence, or they cannot be compared.
    """
    one, other = read_scores(uri, first), read_scores(uri, second)
    return compare_variants([one], {other.name: [other]}, resamples, seed, name=one.name, tests=tests)


def compare_sweep(
    uri: str,
    experiment: str,
    sweep: str,
    baseline: str,
    corpus: str | None = None,
    resamples: int = 10_000,
    seed: int = 1,
    tests: Collection[TestKind] | None = None,
    finished_only: bool = False,
) -> list[Comparison]:
    """Compare each variant of a sweep with the baseline, by corpus, with Holm's correction over a corpus's variants.

    Args:
        uri: of an MLflow store.
        experiment: the MLflow experiment that has the runs.
        sweep: the table or figure that the runs belong to, as in table2.
        baseline: a variant of the sweep; see `named_variant`.
        corpus: compare the runs on this one; None for every corpus that has the baseline.
        resamples: of the randomisation and the bootstrap.
        seed: of the resamples.
        tests: which to make, None for all that can be made.
        finished_only: compare what is there where runs of the sweep have not finished.

    Raises:
        BnerError: the sweep has no such runs, runs that are not FINISHED or without counts by sentence, no such
            baseline, or nothing beside it; or `compare_variants` cannot compare them.
    """
    runs = _runs_of(variant_runs(uri, experiment), experiment, sweep, corpus)
    unfinished = _unfinished(runs)
    if unfinished and not finished_only:
        raise BnerError(_how_to_finish(sweep, unfinished, runs))
    corpora = {name: by_variant(run for run in runs if run.corpus == name) for name in sorted({r.corpus for r in runs})}
    groups = {name: {_short(run[0]): run for run in group.values()} for name, group in corpora.items()}
    short = named_variant(baseline, {name for group in groups.values() for name in group}, corpora, sweep)
    compared = {name: group for name, group in groups.items() if short in group and len(group) > 1}
    if not compared:
        raise BnerError(f"{sweep} has no finished variant beside {short}: train the others to compare them with it.")
    return [_compared(uri, group, short, resamples, seed, tests) for group in compared.values()]


def named_variant(name: str, variants: Collection[str], corpora: Iterable[str] = (), sweep: str = "the sweep") -> str:
    """Find the variant that a name means.

    It is the name itself, with or without the corpus in front, or words of it in their order, as `blstm-biomed300` for
    `blstm-biomed300-frozen-attention-crf`, or any other part of it, as long as one variant has it.

    >>> named_variant("lstm-50", ["blstm-50-crf", "lstm-50-crf"])
    'lstm-50-crf'

    Args:
        name: as the user gives it.
        variants: names without the corpus.
        corpora: names of corpora.
        sweep: for messages.

    Raises:
        BnerError: no variant or several have the name.
    """
    part = next((name.removeprefix(f"{corpus}-") for corpus in corpora if name.startswith(f"{corpus}-")), name)
    found = (
        [each for each in variants if each == part]
        or [each for each in variants if _has_words(each, part)]
        or [each for each in variants if part in each]
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise BnerError(
            f"{name} is the name of {len(found)} variants of {sweep}, {_listed(sorted(found))}: give more of the name."
        )
    nearest = difflib.get_close_matches(part, variants, n=3, cutoff=0.0)
    raise BnerError(f"{sweep} has no finished variant {name}; the nearest names are {_listed(nearest)}.")


def _compared(
    uri: str,
    group: dict[str, list[VariantRun]],
    baseline: str,
    resamples: int,
    seed: int,
    tests: Collection[TestKind] | None,
) -> Comparison:
    scores = {runs[0].variant: [read_scores(uri, run.run_id) for run in runs] for runs in group.values()}
    name = group[baseline][0].variant
    first = scores.pop(name)
    return compare_variants(first, scores, resamples, seed, name=name, tests=tests)


def _runs_of(runs: Sequence[VariantRun], experiment: str, sweep: str, corpus: str | None) -> list[VariantRun]:
    found = [run for run in runs if sweep in run.tables]
    if not found:
        others = sorted({table for run in runs for table in run.tables})
        raise BnerError(
            f"the MLflow experiment {experiment} has no runs of {sweep}, only of {_listed(others) or 'no sweep'}: run "
            f"`python train.py -m experiment={sweep}`, or name another one with --experiment."
        )
    chosen = [run for run in found if corpus in (None, run.corpus)]
    if not chosen:
        corpora = sorted({run.corpus for run in found})
        raise BnerError(f"{sweep} has no runs on {corpus}, only on {_listed(corpora)}: name one of them with --corpus.")
    return chosen


def _unfinished(runs: Sequence[VariantRun]) -> list[VariantRun]:
    """Return the latest run of each variant and seed of which no run is FINISHED."""
    finished = {(run.variant, run.seed) for run in runs if run.status == FINISHED}
    latest: dict[tuple[str, int], VariantRun] = {}
    for run in runs:
        if (run.variant, run.seed) not in finished:
            latest.setdefault((run.variant, run.seed), run)
    return list(latest.values())


def _how_to_finish(sweep: str, unfinished: Sequence[VariantRun], runs: Sequence[VariantRun]) -> str:
    total = len({(run.variant, run.seed) for run in runs})
    first = unfinished[0]
    return (
        f"{len(unfinished)} of the {total} runs of {sweep} are not FINISHED, as {first.run_id} ({first.name}, "
        f"{first.status}): start the sweep again, or `python train.py resume={first.run_id}` and so on, or compare the "
        "finished ones with --finished-only."
    )


def _short(run: VariantRun) -> str:
    return run.variant.removeprefix(f"{run.corpus}-")


def _has_words(name: str, part: str) -> bool:
    """Return whether the words of `part` are among those of `name`, in the same order."""
    words = iter(name.split("-"))
    return all(word in words for word in part.split("-"))


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
