"""Features of trained runs: the network that MLflow keeps is the one that was scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mlflow.tracking import MlflowClient
from omegaconf import DictConfig

from bner.analysis.features import CONTEXTS, TOKEN_COLUMNS
from bner.corpora.gm import GMConfig
from bner.corpora.sentence import Sentence
from bner.data.encoding import FormEncoder
from bner.data.streaming import stream_batches
from bner.errors import BnerError
from bner.experiments.run import train
from bner.inference.predictor import Predictor
from bner.report import features as module
from bner.report.features import FEATURES, feature_table
from bner.report.trained_network import run_settings, trained_network
from bner.scoring.final import final_scores
from bner.tracking.artifacts import artifact
from tests.conftest import write_word2vec

Config = Callable[..., DictConfig]


def trained(tmp_path: Path, config: DictConfig) -> tuple[str, str]:
    """Train, and return the URI of the store and the run."""
    train(config)
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    client = MlflowClient(uri)
    (run,) = client.search_runs([each.experiment_id for each in client.search_experiments()])
    return uri, str(run.info.run_id)


@pytest.mark.parametrize(
    "words",
    [
        ("char=attention",),
        (
            "embedding.finetune=true",
            "char=none",
            "decoder=softmax",
            "optimizer=adam",
            "optimizer.lr=0.02",
            "batch_size=8",
        ),
    ],
)
def test_a_rebuilt_network_scores_as_the_run_did(tmp_path: Path, sample_config: Config, words: tuple[str, ...]) -> None:
    uri, run_id = trained(tmp_path, sample_config(*words))
    corpus = GMConfig("sample", None, "train", "test").build()
    network, vocabulary = trained_network(uri, run_id, run_settings(uri, run_id), corpus.test)
    scores = final_scores(corpus, list(Predictor(network, vocabulary).predict(each.tokens for each in corpus.test)))
    metrics = MlflowClient(uri).get_run(run_id).data.metrics
    assert metrics["test/f1"] == scores.strict.total.f1 > 0


def test_features_are_kept_with_the_run(tmp_path: Path, sample_config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    uri, run_id = trained(tmp_path, sample_config())
    table = feature_table(uri, run_id)
    assert [tuple(rows["token"]) for _, rows in table.groupby("sentence")] == list(CONTEXTS)
    # The features times the output layer's weights are the emissions that the decoder gets.
    sentences = [Sentence(str(number), context) for number, context in enumerate(CONTEXTS)]
    network, vocabulary = trained_network(uri, run_id, run_settings(uri, run_id), sentences)
    (batch,) = stream_batches(enumerate(CONTEXTS), FormEncoder(vocabulary), None)
    emissions = network(batch).detach()
    wanted = torch.cat([emissions[batch.sentences.tolist().index(n), : len(CONTEXTS[n])] for n in range(2)])
    states = torch.from_numpy(table.drop(columns=list(TOKEN_COLUMNS)).to_numpy(np.float32, copy=True))
    assert torch.allclose(network.output(states), wanted, atol=1e-5)
    # Once computed it is read back; sentences of one's own are computed each time and kept nowhere.
    with artifact(uri, run_id, FEATURES) as file:
        kept = file.read_bytes()
    own = feature_table(uri, run_id, sentences=[("NA", "gene"), ("p53",)])
    assert list(own["token"]) == ["NA", "gene", "p53"]
    with artifact(uri, run_id, FEATURES) as file:
        assert file.read_bytes() == kept
    monkeypatch.setattr(module, "_computed", lambda *_: pytest.fail("computed again"))
    again = feature_table(uri, run_id)
    assert again[list(TOKEN_COLUMNS)].equals(table[list(TOKEN_COLUMNS)])
    assert np.allclose(again.iloc[:, 5:], table.iloc[:, 5:], atol=1e-7)
    assert MlflowClient(uri).get_run(run_id).info.status == "FINISHED"


def test_a_vector_file_that_is_missing_or_another_one(tmp_path: Path, sample_config: Config) -> None:
    rng = np.random.default_rng(1)
    words = {word: rng.normal(size=50) for word in ("the", "factor", "transcription", "of")}
    file = write_word2vec(tmp_path / "own.bin", words)
    uri, run_id = trained(tmp_path, sample_config(f"embedding.file={file}"))
    assert len(feature_table(uri, run_id, sentences=[("the", "factor")])) == 2
    write_word2vec(file, {word: 2 * vector for word, vector in words.items()})
    with pytest.raises(
        BnerError, match=rf"run {run_id} was trained with vectors of SHA-256 .*own.bin has .*: put back"
    ):
        feature_table(uri, run_id)
    file.unlink()
    with pytest.raises(BnerError, match=r"the vectors of embedding.file are missing: .*own.bin does not exist"):
        feature_table(uri, run_id)
