"""Tracked runs with a configuration and predictions, made without training."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from bner.config.schema import plain, read_settings
from bner.config.stored import read_stored_corpus
from bner.corpora.corpus import Corpus
from bner.corpora.sentence import Mention
from bner.runtime.hashing import sha256_of_files
from bner.tracking.lookup import CONFIG, begin_run
from bner.tracking.predictions import log_predictions
from bner.tracking.runs import RunStore
from bner.tracking.store import tracking_uri
from tests.conftest import configured


def predicting_run(
    mlruns: Path, overrides: Sequence[str], predicted: Sequence[Sequence[Mention]] | None, name: str = "made"
) -> tuple[str, Corpus]:
    """A finished run that predicted these mentions, or none; and its corpus."""
    text = OmegaConf.to_yaml(OmegaConf.create(plain(read_settings(configured(*overrides)))))
    corpus: Corpus = read_stored_corpus(text, "made").build()
    store = RunStore(tracking_uri(None, mlruns), "bner", mlruns / "checkpoints")
    tags = {"variant.corpus": corpus.name, "corpus.sha256": sha256_of_files(corpus.files)}
    run = begin_run(store, name, {}, tags)
    with run.recording(system_metrics=False), tempfile.TemporaryDirectory() as folder:
        run.log_text(text, CONFIG)
        if predicted is not None:
            log_predictions(run, corpus.write_predictions(Path(folder), predicted))
    return run.id, corpus
