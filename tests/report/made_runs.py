"""Tracked runs that were never trained: real configurations and corpora, predictions with mistakes made at random."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf

from bner.config.schema import flat, plain, read_settings
from bner.corpora.sentence import Mention, Sentence
from bner.runtime.hashing import sha256_of_files
from bner.scoring.final import final_scores
from bner.tracking.lookup import CONFIG, begin_run
from bner.tracking.names import run_name
from bner.tracking.predictions import log_predictions
from bner.tracking.runs import RunStore
from bner.tracking.store import tracking_uri
from bner.tracking.tags import run_tags
from tests.conftest import configured


def make_run(mlruns: Path, data: Path, *overrides: str, share: float = 0.7, ends: bool = True) -> str:
    """A run of train.py as MLflow has it, without a checkpoint; returns its identifier.

    `share` of the gold mentions are found; the others are missing, cut short or found one token too long.
    """
    words = [*overrides, "tracking.system_metrics=false"]
    settings = read_settings(configured(*words, f"paths.data={data}", f"paths.mlruns={mlruns}"))
    corpus = settings.corpus.build()
    rng = np.random.default_rng([settings.seed, *map(ord, " ".join(overrides))])
    predicted = [tuple(sorted(_predicted(sentence, share, rng))) for sentence in corpus.test]
    store = RunStore(tracking_uri(None, mlruns), "bner", mlruns / "checkpoints")
    tags = run_tags(settings, None, overrides) | {"corpus.sha256": sha256_of_files(corpus.files)}
    run = begin_run(store, run_name(settings, overrides), flat(settings), tags)
    run.log_text(OmegaConf.to_yaml(OmegaConf.create(plain(settings))), CONFIG)
    if not ends:
        return run.id
    with run.recording(system_metrics=False), tempfile.TemporaryDirectory() as name:
        folder, scores = Path(name), final_scores(corpus, predicted)
        run.log_metrics({"dev/best_f1": share, **scores.metrics()})
        log_predictions(run, corpus.write_predictions(folder, predicted))
        scores.write_by_sentence(folder / "by_sentence.csv")
        scores.write_table(folder / "per_type.csv")
        for table in ("by_sentence.csv", "per_type.csv"):
            run.log_file(folder / table, "tables")
    return run.id


def _predicted(sentence: Sentence, share: float, rng: np.random.Generator) -> set[Mention]:
    found: set[Mention] = set()
    for mention in sentence.mentions:
        start, end = mention.start, mention.end
        if rng.random() >= share:
            change = rng.integers(3)
            if change == 0:
                continue
            start, end = (start, end + 1) if change == 1 else (start + 1, end)
        clear = all(end <= other.start or other.end <= start for other in found | (set(sentence.mentions) - {mention}))
        if start < end <= len(sentence.tokens) and clear:
            found.add(Mention(start, end, mention.type))
    return found
