"""Sweeps: finished jobs are skipped, interrupted ones resumed, nothing is lost or doubled."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from mlflow.entities import Run

from bner.tracking.listing import runs_table
from tests.conftest import make_data, write
from tests.system.test_runs import FAST, command, environment, runs, sweep_command

SWEEP = ("experiment=table4", *FAST, "trainer.max_epochs=2")


def sweep(mlruns: Path, *overrides: str, status: int = 0) -> str:
    done = subprocess.run(
        sweep_command(mlruns, *overrides), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def jobs(mlruns: Path) -> list[Run]:
    return [run for run in runs(mlruns) if run.data.tags.get("kind") != "sweep"]


def test_a_sweep_is_one_parent_with_its_jobs_and_is_done_once(tmp_path: Path) -> None:
    first = sweep(tmp_path, *SWEEP, "seed=1,2")
    assert "nothing to do" not in first
    (parent,) = (run for run in runs(tmp_path) if run.data.tags.get("kind") == "sweep")
    assert parent.info.run_name == "table4"
    before = jobs(tmp_path)
    assert Counter(run.data.tags["variant.decoder"] for run in before) == {"crf": 2, "softmax": 2}
    for run in (parent, *before):
        assert run.info.status == "FINISHED"
        assert run.data.tags["paper.table"] == "table4"
    assert {run.data.tags["mlflow.parentRunId"] for run in before} == {parent.info.run_id}

    assert (
        f"python train.py -m paths.mlruns={tmp_path} {' '.join(SWEEP)} seed=1,2`"
        in parent.data.tags["mlflow.note.content"]
    )

    # A run's note repeats it.
    (run,) = (run for run in before if "softmax-s2-" in run.info.run_name)
    repeated = shlex.split(run.data.tags["mlflow.note.content"].split("`")[-2])
    assert repeated[:2] == ["python", "train.py"]
    other = tmp_path / "repeated"
    subprocess.run(command(other, *repeated[2:]), env=environment(), capture_output=True, check=True)
    (again,) = jobs(other)
    for name in ("dev/best_f1", "test/f1", "test/official_f1"):
        assert again.data.metrics[name] == run.data.metrics[name]

    table = runs_table(f"sqlite:///{tmp_path}/mlflow.db", "bner")
    assert sorted(table.run) == sorted(run.info.run_id for run in before)
    assert not table[["dev_f1", "official_f1"]].isna().any(axis=None)

    second = sweep(tmp_path, *SWEEP, "seed=1,2")
    assert second.count("nothing to do, run") == 4
    assert "is FINISHED for the same configuration, data and code" in second
    assert {run.info.run_id for run in jobs(tmp_path)} == {run.info.run_id for run in before}

    # One more seed is one more run for each decoder; another table takes the shared run in.
    larger = sweep(tmp_path, *SWEEP, "seed=1,2,3")
    assert larger.count("nothing to do, run") == 4
    assert len(jobs(tmp_path)) == 6
    sweep(tmp_path, "experiment=fig2", *FAST, "trainer.max_epochs=2", "model=blstm", "char=attention_hidden")
    (shared,) = (run for run in jobs(tmp_path) if " " in run.data.tags["paper.table"])
    assert shared.data.tags["paper.table"] == "fig2 table4"
    assert len(jobs(tmp_path)) == 6
    again = sweep(tmp_path, *SWEEP, "seed=1", "resume=new", "decoder=crf")
    assert "nothing to do" not in again
    assert len(jobs(tmp_path)) == 7


def test_a_sweep_that_is_killed_goes_on(tmp_path: Path) -> None:
    words = (*SWEEP, "trainer.max_epochs=6", "seed=1,2")
    process = subprocess.Popen(
        sweep_command(tmp_path, *words), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    epochs = 0
    for line in process.stdout:
        epochs += line.startswith("epoch")
        if epochs == 9:  # in the second job
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert sorted(run.info.status for run in jobs(tmp_path)) == ["FINISHED", "RUNNING"]
    said = sweep(tmp_path, *words)
    assert said.count("nothing to do, run") == 1
    found = runs(tmp_path)
    assert [run.info.status for run in found] == ["FINISHED"] * 5  # a parent and four jobs
    assert len({(run.data.params["seed"], run.data.params["decoder.name"]) for run in jobs(tmp_path)}) == 4


def test_jobs_side_by_side_on_one_database(tmp_path: Path) -> None:
    said = sweep(
        tmp_path, *SWEEP, "hydra/launcher=joblib", "hydra.launcher.n_jobs=8", "seed=1,2,3,4", "trainer.max_epochs=1"
    )
    assert "locked" not in said
    assert [run.info.status for run in runs(tmp_path)] == ["FINISHED"] * 9
    assert len({run.info.run_name for run in jobs(tmp_path)}) == 8


def test_processes_that_open_a_new_store_at_once(tmp_path: Path) -> None:
    commands = [sweep_command(tmp_path, *FAST, "trainer.max_epochs=1", f"seed={seed}") for seed in range(4)]
    started = [subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, text=True) for words in commands]
    for process in started:
        assert process.communicate()[1] == ""
        assert process.returncode == 0
    assert len(jobs(tmp_path)) == 4


def test_one_job_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    write(data / "corpora/bc2gm/train/GENE.eval", ["S1|3 500|p53"])  # found when it is read, not by the check before
    said = sweep(tmp_path, *FAST, "trainer.max_epochs=1", "corpus=gm,sample", f"paths.data={data}", status=1)
    assert "GENE.eval:1 ends at offset 500" in said
    assert "Traceback" not in said
    (run,) = jobs(tmp_path)
    assert (run.data.tags["variant.corpus"], run.info.status) == ("sample", "FINISHED")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("corpus=sample,gm", "paths.data=/nowhere"), "/nowhere/corpora/bc2gm/train of corpus gm is missing"),
        (("embedding=random50,google300", "paths.data=/nowhere"), "run `bner fetch google300`"),
        (("model.layers=1,0",), "model.layers is 0: use at least 1"),
    ],
)
def test_the_inputs_of_all_jobs_are_checked_first(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    said = sweep(tmp_path, *FAST, *words, status=1)
    assert sentence in said
    assert "Traceback" not in said
    assert not runs(tmp_path)


@pytest.mark.parametrize("words", [("trainer=ddp",), ("seed=-1,-2",)])
def test_what_a_sweep_cannot_do_is_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = sweep(tmp_path, *FAST, *words, status=1)
    assert "bner: " in said
    assert "Traceback" not in said
    assert not jobs(tmp_path)


def test_a_sweep_ends_with_its_ranking(tmp_path: Path) -> None:
    said = sweep(tmp_path, "experiment=table4", *FAST, "trainer.max_epochs=1", "seed=1,2")
    (parent,) = (run for run in runs(tmp_path) if run.data.tags.get("kind") == "sweep")
    lines = said.splitlines()
    start = lines.index("sample, by mean dev F1 over seeds (± sample standard deviation):")
    by_decoder = {}
    for run in jobs(tmp_path):
        by_decoder.setdefault(run.data.tags["variant.name"], []).append(run.data.metrics["dev/best_f1"])
    best_first = sorted(by_decoder, key=lambda name: -sum(by_decoder[name]))
    for line, name in zip(lines[start + 2 :], best_first, strict=False):
        assert line.split()[:3] == [name, "2", f"{sum(by_decoder[name]) / 2:.4f}"]
    assert lines[-1].startswith(f"sweep {parent.info.run_id}: start `bner ui --mlruns {tmp_path}`, then open http://")
    assert said.count("then open http://") == 1
    assert f"| {best_first[0]} | 2 |" in parent.data.tags["mlflow.note.content"]
    kept = tmp_path / "artifacts" / parent.info.run_id / "artifacts/tables/ranking.csv"
    assert [line.split(",")[1] for line in kept.read_text().splitlines()[1:]] == best_first
