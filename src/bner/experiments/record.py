"""Records of every run, whichever model it trains: its settings, its data, its scores and its predictions."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from bner.config.identity import settings_hash
from bner.config.schema import AnySettings, flat, plain
from bner.corpora.corpus import Corpus, CorpusConfig
from bner.corpora.sentence import Mention
from bner.corpora.split import Split
from bner.experiments.data import RunData
from bner.masking import masked
from bner.scoring.final import FinalScores, final_scores
from bner.tracking.datasets import log_dataset
from bner.tracking.lookup import CONFIG, begin_run, distinct_name
from bner.tracking.predictions import log_predictions
from bner.tracking.runs import RunStore, TrackedRun
from bner.tracking.store import tracking_uri
from bner.tracking.tags import SETTINGS
from bner.tracking.views import offer_views


def run_store(settings: AnySettings) -> RunStore:
    """Return where the run is tracked; checkpoints lie in the same folder until MLflow has the best one."""
    mlruns = Path(settings.paths.mlruns).absolute()
    tracking = settings.tracking
    uri = tracking_uri(tracking.uri, mlruns)
    return RunStore(uri, tracking.experiment, mlruns / "checkpoints", tracking.wait_minutes)


def begin(settings: AnySettings, name: str, split: Split, tags: Mapping[str, str], source: str) -> TrackedRun:
    """Create the run in MLflow, and the views of its experiment where they are missing.

    Args:
        settings: the configuration.
        name: the run's name; one that runs of other settings have gets the beginning of the settings' hash.
        split: of the corpus.
        tags: of the run, except the hash of its settings.
        source: the program, as the MLflow UI shows it.

    Raises:
        BnerError: the store cannot be opened, or does not accept the run.
    """
    store, named = run_store(settings), {**tags, SETTINGS: settings_hash(settings)}
    if settings.corpus.drop_duplicates:
        named["corpus.dropped_sentences"] = str(len(split.dropped))
        named["corpus.dropped_mentions"] = str(split.dropped_mentions)
    tracking = settings.tracking
    offer_views(store.uri, store.experiment, settings.corpus.name, tracking.table, tracking.study)
    return begin_run(store, distinct_name(store, name, named[SETTINGS]), flat(settings), named, source)


def log_config(settings: AnySettings, run: TrackedRun) -> None:
    """Log the configuration, without passwords."""
    run.log_text(masked(OmegaConf.to_yaml(OmegaConf.create(plain(settings)))), CONFIG)


def log_part(run: TrackedRun, config: CorpusConfig, data: RunData, part: str, more: Mapping[str, float]) -> None:
    """Log train, dev or test as a dataset, with its numbers of sentences, tokens and mentions.

    Args:
        run: the run.
        config: of the corpus.
        data: the data of the run.
        part: train, dev or test.
        more: further numbers that describe the part.
    """
    sentences = data.parts[part]
    profile = {
        "sentences": len(sentences),
        "tokens": sum(len(sentence.tokens) for sentence in sentences),
        "mentions": sum(len(sentence.mentions) for sentence in sentences),
        **more,
    }
    source, digest = (config.test_path, "corpus.sha256") if part == "test" else (config.train_path, "split.sha256")
    log_dataset(run, f"{data.corpus.name} {part}", data.hashes[digest], part, str(source), profile)


def log_scores(run: TrackedRun, corpus: Corpus, dev_f1: float, predicted: Sequence[Sequence[Mention]]) -> FinalScores:
    """Score the mentions predicted for the test part, and log scores, predictions and tables.

    Args:
        run: the run.
        corpus: its corpus.
        dev_f1: the dev F1 of the same weights, as a fraction.
        predicted: the mentions of each test sentence.
    """
    scores = final_scores(corpus, predicted)
    run.log_metrics({"dev/best_f1": dev_f1, **scores.metrics()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log_predictions(run, corpus.write_predictions(folder, predicted))
        scores.write_table(folder / "per_type.csv")
        scores.write_by_sentence(folder / "by_sentence.csv")
        for table in ("per_type.csv", "by_sentence.csv"):
            run.log_file(folder / table, "tables")
    return scores


def print_scores(dev: str, dev_f1: float, scores: FinalScores | None) -> None:
    """Print the scores of a run that has ended.

    Args:
        dev: what the dev score is of, as in `best epoch`.
        dev_f1: the dev F1, as a fraction.
        scores: of the test part; None where it is not scored.
    """
    print(f"dev F1 {dev_f1:.4f} ({dev})", flush=True)
    if scores is None:
        return
    print(f"test strict   {scores.strict.total}")
    print(f"test official {scores.official.total}", flush=True)
