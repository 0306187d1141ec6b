"""Features of tracked runs that have none: one sentence says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.report.features import feature_table
from bner.tracking.artifacts import add_text, artifact, get_run
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.tracking.store import tracking_uri
from tests.config.test_stored import stored


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    folder = tmp_path_factory.mktemp("runs")
    return RunStore(tracking_uri(f"sqlite:///{folder}/mlflow.db", folder), "bner", folder / "checkpoints")


def made_run(store: RunStore, config: str | None) -> str:
    """A run that has ended, with a configuration and nothing else."""
    run = begin_run(store, "made", {}, {})
    with run.recording(system_metrics=False):
        if config is not None:
            run.log_text(config, "config.yaml")
    return run.id


def test_runs_without_what_is_needed(store: RunStore) -> None:
    bare = made_run(store, None)
    with pytest.raises(BnerError, match=rf"run {bare} \(made\) has no artifact config.yaml: name a run of train.py"):
        feature_table(store.uri, bare)
    unscored = made_run(store, stored("corpus=sample", "embedding=random50"))
    with pytest.raises(BnerError, match=f"run {unscored} has no checkpoint .*: name a run of train.py that has ended"):
        feature_table(store.uri, unscored)
    with pytest.raises(BnerError, match="names no run of the MLflow store"):
        feature_table(store.uri, "0" * 32)


def test_a_missing_corpus_says_what_to_do(store: RunStore) -> None:
    run = made_run(store, stored("corpus=jnlpba", "embedding=random50"))
    with pytest.raises(BnerError, match="of corpus jnlpba is missing: run `bner fetch jnlpba`"):
        feature_table(store.uri, run, Path("/nowhere"))


def test_sentences_have_tokens(store: RunStore) -> None:
    for sentences in ([], [["p53"], []]):
        with pytest.raises(BnerError, match="no features of a sentence without tokens"):
            feature_table(store.uri, "any", sentences=sentences)


def test_a_text_is_added_to_a_run_that_has_ended(store: RunStore) -> None:
    run = made_run(store, None)
    add_text(store.uri, run, "a,b\n", "tables/own.csv")
    with artifact(store.uri, run, "tables/own.csv") as file:
        assert file.read_text() == "a,b\n"
    assert get_run(store.uri, run).info.status == "FINISHED"
