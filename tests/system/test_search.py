"""Searches: trials are runs that are scored on dev only, pruned ones end early, and a killed search goes on."""

from __future__ import annotations

import math
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from mlflow.entities import Run
from omegaconf import DictConfig

from bner.errors import BnerError
from bner.experiments.run import train
from bner.tracking.listing import runs_table
from bner.tracking.ranking import ranked
from bner.tracking.scores import read_scores
from bner.tracking.variants import by_variant, variant_runs
from tests.system.test_runs import FAST, artifacts, environment, runs, sweep_command
from tests.system.test_sweeps import jobs, sweep

# The second learning rate is too small to learn anything with, so that its trials are pruned; the third trial has it.
SEARCH = (
    "hydra/sweeper=search", *FAST, "optimizer=adam", "optimizer.lr=0.02,1e-7", "model.dropout=interval(0,0.1)",
    "trainer.max_epochs=4", "hydra.sweeper.n_trials=5", "hydra.sweeper.sampler=random", "hydra.sweeper.seed=2",
    "hydra.sweeper.startup_trials=1", "hydra.sweeper.warmup_epochs=1", "hydra.sweeper.study=mine",
)  # fmt: skip


def study(mlruns: Path) -> optuna.Study:
    return optuna.load_study(study_name="mine", storage=f"sqlite:///{mlruns}/search.db")


def test_a_search_that_is_killed_goes_on(tmp_path: Path) -> None:
    process = subprocess.Popen(
        sweep_command(tmp_path, *SEARCH), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    epochs = 0
    for line in process.stdout:
        epochs += line.startswith("epoch")
        if epochs == 5:  # in the second trial
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert sorted(run.info.status for run in jobs(tmp_path)) == ["FINISHED", "RUNNING"]
    before = [trial.params for trial in study(tmp_path).trials]

    said = sweep(tmp_path, *SEARCH, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    trials = study(tmp_path).trials
    assert [trial.params for trial in trials][: len(before)] == before
    assert len(trials) == 5
    states = Counter(trial.state.name for trial in trials)
    assert states.keys() == {"COMPLETE", "PRUNED"}
    by_number: dict[int, Run] = {int(run.data.tags["trial.number"]): run for run in jobs(tmp_path)}
    assert len(by_number) == len(jobs(tmp_path)) == 5
    (parent,) = (run for run in runs(tmp_path) if run.data.tags.get("kind") == "sweep")
    assert parent.info.status == "FINISHED"
    for trial in trials:
        run, pruned = by_number[trial.number], trial.state.name == "PRUNED"
        assert trial.user_attrs["run"] == run.info.run_id
        assert run.info.run_name == f"mine-trial{trial.number}"
        assert run.info.status == ("KILLED" if pruned else "FINISHED")
        assert run.data.tags["trial.state"] == ("pruned" if pruned else "complete")
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.metrics["dev/best_f1"] == pytest.approx(max(trial.intermediate_values.values()))
        assert pruned or trial.value == run.data.metrics["dev/best_f1"]
        assert len(trial.intermediate_values) == 4 or pruned
        assert not [name for name in run.data.metrics if name.startswith("test/")]
        assert not (artifacts(tmp_path, run) / "predictions").exists()
    assert not [path for path in (tmp_path / "checkpoints").iterdir() if path.is_dir()]

    best = study(tmp_path).best_trial
    note = parent.data.tags["mlflow.note.content"]
    assert f"| {best.number} | {best.value:.4f} | complete |" in note
    lines = (artifacts(tmp_path, parent) / "tables/trials.csv").read_text().splitlines()
    assert len(lines) == 6
    assert lines[1].startswith(f"{best.number},complete,")
    repeated = next(line for line in said.splitlines() if line.startswith("train the best with three seeds: "))
    assert " -m " in repeated
    assert " seed=1,2,3 " in repeated
    assert "score_test" not in repeated
    assert "tracking" not in repeated

    again = sweep(tmp_path, *SEARCH)
    assert "Launching" not in again
    assert len(jobs(tmp_path)) == 5


def test_a_run_without_test_scores(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    train(sample_config("trainer.score_test=false"))
    (run,) = jobs(tmp_path / "mlruns")
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    assert run.info.status == "FINISHED"
    assert {name for name in run.data.metrics if "test" in name} == {
        "vectors/test_token_coverage",
        "vectors/test_type_coverage",
    }
    assert (artifacts(tmp_path / "mlruns", run) / "checkpoints/best.ckpt").is_file()
    (row,) = runs_table(uri, "bner").itertuples()
    assert row.dev_f1 == run.data.metrics["dev/best_f1"]
    assert math.isnan(row.official_f1)
    assert ranked([run]).test_official_f1_mean.isna().all()
    assert by_variant(variant_runs(uri, "bner")) == {}
    with pytest.raises(BnerError, match=r"was trained with trainer.score_test=false, as the trials of a search are"):
        read_scores(uri, run.info.run_id)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("hydra.sweeper.sampler=grid", "hydra.sweeper.sampler is 'grid': use tpe or random."),
        ("model.dropout=0.1", "model.dropout is given twice in a search"),
        ("model.hiden_size=1,2", "model.hiden_size is no setting: the nearest is model.hidden_size"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(tmp_path: Path, word: str, sentence: str) -> None:
    said = sweep(tmp_path, *SEARCH, word, status=1)
    assert sentence in said
    assert "Traceback" not in said
    assert not runs(tmp_path)
