"""`bner baseline` as a user starts it: compared with a run of the network, and stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from mlflow.tracking import MlflowClient
from omegaconf import DictConfig

from bner.experiments.run import train
from tests.conftest import ROOT

BNER = Path(sys.executable).with_name("bner")


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in ("MLFLOW_TRACKING_URI", "BNER_DATA")}


def bner(mlruns: Path, *words: str) -> str:
    """What the command prints."""
    return subprocess.run(
        [BNER, *words, "--mlruns", mlruns], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    ).stdout


def test_it_is_listed_and_compared_with_the_network(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    mlruns = tmp_path / "mlruns"
    train(sample_config())
    bner(mlruns, "baseline", "corpus=sample", "baseline.max_iterations=30")
    assert "sample-feature_crf-s1-max_iterations=30" in bner(mlruns, "runs")
    client = MlflowClient(f"sqlite:///{mlruns}/mlflow.db")
    crf, network = client.search_runs([client.get_experiment_by_name("bner").experiment_id])
    assert crf.data.tags["split.sha256"] == network.data.tags["split.sha256"]
    assert crf.data.tags["corpus.sha256"] == network.data.tags["corpus.sha256"]
    ids = (network.info.run_id, crf.info.run_id)
    for test in json.loads(bner(mlruns, "compare", *ids, "--resamples", "100", "--json"))["tests"]:
        expected = crf.data.metrics["test/official_f1"] - network.data.metrics["test/official_f1"]
        if test["rule"] == "official" and test["test"] != "paired t-test":
            assert abs(test["effect"] - expected) < 1e-9


def test_ctrl_c_ends_it_and_the_same_command_makes_it_whole(tmp_path: Path) -> None:
    words = ["baseline", "corpus=sample", "baseline.c1=0", "baseline.c2=0.001", "baseline.max_iterations=60"]
    process = subprocess.Popen(
        [BNER, *words, "--mlruns", tmp_path], cwd=ROOT, env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        # What a shell starts in the background, as these tests may be, does not hear Ctrl-C, nor do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("iteration 10:"):
            process.send_signal(signal.SIGINT)
            break
    said = process.communicate()[0]
    assert process.returncode == 130
    assert "interrupted; the same command trains it from the beginning" in said
    assert "Traceback" not in said
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.get_experiment_by_name("bner").experiment_id
    (run,) = client.search_runs([experiment])
    assert run.info.status == "KILLED"
    assert f"run {run.info.run_id}" in bner(tmp_path, *words)
    (after,) = client.search_runs([experiment])
    assert (after.info.run_id, after.info.status) == (run.info.run_id, "FINISHED")
    assert "nothing to do" in bner(tmp_path, *words)
