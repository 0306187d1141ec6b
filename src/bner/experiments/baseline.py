"""Carry out one run of the baseline: read its settings and data, train the feature CRF, score and track it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from bner.baseline.clusters import WordClusters, cluster_words
from bner.baseline.crf import FeatureCRF
from bner.config.identity import code_version, variant_key
from bner.config.schema import AUTO, BaselineSettings, flat, read_baseline_settings
from bner.corpora.bies import LabelSet
from bner.corpora.sentence import Mention, Sentence
from bner.data.vocabulary import wanted_keys
from bner.errors import BnerError
from bner.experiments.data import RunData, data_hashes
from bner.experiments.overrides import composed
from bner.experiments.record import begin, log_config, log_part, log_scores, print_scores, run_store
from bner.runtime.locks import try_lock
from bner.runtime.signals import terminated_as_interrupted
from bner.scoring.spans import Counts, strict_counts, total
from bner.tracking.baseline_names import baseline_run_name, baseline_tags
from bner.tracking.lookup import find_variant
from bner.tracking.runs import TrackedRun
from bner.tracking.tags import KEY

NAME = "baseline"  # of its configuration, and of the command
MODEL = "model"  # the artifacts' folder
_SHOW_EVERY = 10  # iterations


def run_baseline(overrides: Sequence[str], conf: Path, mlruns: Path | None = None) -> float:
    """Train, score and track the feature CRF; errors of the input are reported before the run begins.

    Args:
        overrides: of the configuration, as in `corpus=gm`.
        conf: the folder of the configuration, which has baseline.yaml.
        mlruns: where the run is tracked; None is paths.mlruns.

    Returns:
        The dev F1, as a fraction.

    Raises:
        BnerError: a setting, a file or a store is wrong, or another process is at work on the same run.
    """
    config = composed(NAME, conf, overrides)
    if mlruns is not None:
        OmegaConf.update(config, "paths.mlruns", str(mlruns))
    settings = read_baseline_settings(config)
    _check_inputs(settings, overrides)
    data = _read_data(settings)
    tags = {**data.hashes, "code.sha256": code_version(settings), KEY: variant_key(settings, data.hashes)}
    store = run_store(settings)
    with try_lock(store.folder / f"{tags[KEY]}.lock") as alone:
        if not alone:
            raise BnerError(
                f"another process is at work on {baseline_run_name(settings, overrides)}: wait for its end."
            )
        run = find_variant(store, tags[KEY]) if settings.resume == AUTO else None
        if run is not None and run.info.status == "FINISHED":
            print(f"{run.name}: nothing to do, run {run.id} is FINISHED for the same configuration, data and code")
            return run.metric("dev/best_f1")
        return _track(settings, run, data, tags, overrides)


def _check_inputs(settings: BaselineSettings, overrides: Sequence[str]) -> None:
    """Check that the files of a run exist and fit, without reading them whole."""
    unused = [word for word in overrides if word.lstrip("+~").startswith("embedding")]
    if unused and not settings.embedding:
        raise BnerError(f"{unused[0]} is for word clusters, which the run has not: add baseline.clusters=500.")
    settings.corpus.check()
    if settings.embedding:
        settings.embedding.check()


def _read_data(settings: BaselineSettings) -> RunData:
    corpus = settings.corpus.build()
    split = settings.corpus.split(corpus)
    cache = Path(settings.paths.cache)
    return RunData(corpus, split, data_hashes(corpus, split, settings.embedding, settings.seed, cache))


def _track(
    settings: BaselineSettings,
    run: TrackedRun | None,
    data: RunData,
    tags: Mapping[str, str],
    overrides: Sequence[str],
) -> float:
    """Carry out a new run, or again one that was interrupted: CRFsuite cannot resume."""
    clusters = _clusters(settings, data)
    model: FeatureCRF = settings.baseline.build(LabelSet(data.corpus.types), clusters)
    if run is None:
        named = {**tags, **baseline_tags(settings, overrides)}
        run = begin(settings, baseline_run_name(settings, overrides), data.split, named, f"bner {NAME}")
    else:
        run.log_params(flat(settings))
    print(f"{run.name}: run {run.id} in {run.store.address}", flush=True)
    try:
        with (
            terminated_as_interrupted(),
            run.recording(settings.tracking.system_metrics),
            tempfile.TemporaryDirectory() as folder,
        ):
            log_config(settings, run)
            for part in data.parts:
                log_part(run, settings.corpus, data, part, {})
            path = Path(folder) / f"{settings.baseline.name}.crfsuite"
            _train(run, model, data.split.train, path)
            dev_f1 = _score(run, model, data)
            run.log_file(path, MODEL)
            if settings.embedding:
                clusters.write(Path(folder) / "clusters.tsv")
                run.log_file(Path(folder) / "clusters.tsv", MODEL)
    except KeyboardInterrupt:
        print("interrupted; the same command trains it from the beginning, in the same run", flush=True)
        raise SystemExit(130) from None
    print(run.where_to_look(), flush=True)
    return dev_f1


def _clusters(settings: BaselineSettings, data: RunData) -> WordClusters:
    """Cluster the words of the corpus that have a vector; no words where the run has no clusters."""
    if settings.embedding is None:
        return WordClusters()
    keys = wanted_keys((*data.corpus.train, *data.corpus.test), settings.embedding.digits)
    return cluster_words(settings.embedding.build(keys, settings.seed), settings.baseline.clusters, settings.seed)


def _train(run: TrackedRun, model: FeatureCRF, sentences: Sequence[Sentence], path: Path) -> None:
    """Train, and log the objective by iteration as a mean over sentences, and the duration."""
    began = time.perf_counter()

    def report(iteration: int, objective: float) -> None:
        loss = objective / len(sentences)
        run.log_metrics({"train/loss": loss}, iteration)
        if iteration % _SHOW_EVERY == 0:
            print(f"iteration {iteration}: loss {loss:.4f}", flush=True)

    iterations = model.train(sentences, path, report)
    run.log_metrics({"train/seconds": time.perf_counter() - began}, iterations)


def _score(run: TrackedRun, model: FeatureCRF, data: RunData) -> float:
    """Score dev and test, log the scores and the speed of tagging, and return the dev F1 as a fraction."""
    # A token has one label, so that the gold mentions are those that a tagger can find.
    labels, dev = model.labels, data.split.dev
    gold = [labels.decode(labels.encode(len(each.tokens), each.mentions)) for each in dev]
    counts: Counts = total(strict_counts(gold, _predicted(model, dev)))
    run.log_metrics({"dev/f1": counts.f1, "dev/precision": counts.precision, "dev/recall": counts.recall})
    began = time.perf_counter()
    predicted = _predicted(model, data.corpus.test)
    tokens = sum(len(sentence.tokens) for sentence in data.corpus.test)
    speed = tokens / (time.perf_counter() - began)
    scores = log_scores(run, data.corpus, counts.f1, predicted)
    run.log_metrics({"test/tokens_per_second": speed})
    print_scores("last iteration", counts.f1, scores)
    return counts.f1


def _predicted(model: FeatureCRF, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
    return list(model.predict(sentence.tokens for sentence in sentences))
