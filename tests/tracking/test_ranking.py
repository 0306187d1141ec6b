"""A sweep's ranking: mean and deviation over seeds, by corpus, of finished runs only."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path

import pytest

from bner.tracking.ranking import COLUMNS, RANKING
from bner.tracking.store import open_store, tracking_uri
from bner.tracking.sweeps import begin_sweep, end_sweep, join_sweep

CRF, SOFTMAX = (0.81, 0.84, 0.80), (0.79,)


def add(uri: str, parent: str, corpus: str, decoder: str, seed: int, dev: float, status: str = "FINISHED") -> str:
    client, experiment = open_store(uri, "bner")
    tags = {"variant.corpus": corpus, "variant.name": f"{corpus}-{decoder}", "sweep.runs": parent}
    run_id = str(client.create_run(experiment, tags=tags).info.run_id)
    client.log_param(run_id, "seed", seed)
    client.log_metric(run_id, "dev/best_f1", dev)
    client.log_metric(run_id, "test/official_f1", dev + 0.01)
    client.set_terminated(run_id, status)
    return run_id


def test_a_ranking(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    tags = {"mlflow.note.content": "A sweep: `python train.py -m tracking.uri=http://me:hunter2@host`."}
    parent = begin_sweep(uri, "bner", "decoders", tags)
    client, _ = open_store(uri, "bner")
    add(uri, parent, "gm", "crf", 1, 0.5)  # before the run with the same seed
    for seed, dev in enumerate(CRF, 1):
        add(uri, parent, "gm", "crf", seed, dev)
    add(uri, parent, "gm", "softmax", 1, SOFTMAX[0])
    add(uri, parent, "gm", "softmax", 2, 0.99, "FAILED")
    add(uri, "another", "gm", "elsewhere", 1, 0.99)
    shared = add(uri, "another", "sample", "crf", 1, 0.95)
    join_sweep(client, shared, parent, None)
    for _ in range(2):  # a sweep that is started again ranks again
        lines = end_sweep(uri, "bner", parent, done=True)

    assert [line.split()[:4] for line in lines] == [
        ["gm,", "by", "mean", "dev"], ["variant", "seeds", "dev", "F1"], ["gm-crf", "3", "0.8167", "±"],
        ["gm-softmax", "1", "0.7900", "0.8000"], ["sample,", "by", "mean", "dev"], ["variant", "seeds", "dev", "F1"],
        ["sample-crf", "1", "0.9500", "0.9600"], ["sweep", f"{parent}:", "start", "`bner"],
    ]  # fmt: skip
    run = client.get_run(parent)
    assert run.info.status == "FINISHED"
    note = run.data.tags["mlflow.note.content"]
    deviation = f"{statistics.stdev(CRF):.4f}"
    assert f"| gm-crf | 3 | 0.8167 ± {deviation} | 0.8267 ± {deviation} |\n| gm-softmax | 1 | 0.7900 |" in note
    assert note.count("gm-crf") == 1
    assert note.endswith("A sweep: `python train.py -m tracking.uri=http://***@host`.")
    with (tmp_path / "artifacts" / parent / "artifacts" / RANKING).open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert float(rows[0]["dev_f1_mean"]) == pytest.approx(statistics.mean(CRF))
    assert float(rows[0]["dev_f1_std"]) == pytest.approx(statistics.stdev(CRF))
    assert rows[1]["dev_f1_std"] == ""


def test_a_sweep_without_a_finished_run_has_no_ranking(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    parent = begin_sweep(uri, "bner", "nothing", {})
    (line,) = end_sweep(uri, "bner", parent, done=False)
    assert line.startswith(f"sweep {parent}: ")
    client, _ = open_store(uri, "bner")
    assert client.get_run(parent).info.status == "KILLED"


def test_a_run_joins_a_second_sweep(tmp_path: Path) -> None:
    uri = tracking_uri(None, tmp_path)
    client, _ = open_store(uri, "bner")
    run_id = add(uri, "first", "gm", "crf", 1, 0.8)
    for _ in range(2):
        join_sweep(client, run_id, "second", "table4")
    tags = client.get_run(run_id).data.tags
    assert (tags["sweep.runs"], tags["paper.table"]) == ("first second", "table4")
