"""A search without its runs: what it draws, what it takes up again, and what it refuses."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf
from optuna.trial import FrozenTrial, TrialState

from bner.config.identity import settings_hash
from bner.config.schema import Settings, read_settings
from bner.errors import BnerError, SettingError
from bner.experiments.search import Search, parallel_jobs
from bner.experiments.space import read_space
from bner.experiments.study import SearchSettings, open_study, open_trial
from bner.experiments.trial import trial_of
from bner.experiments.trial_table import best_trial, importances, trial_table
from tests.conftest import configured

WORDS = ("char=cnn,lstm", "model.dropout=interval(0.2,0.6)", "optimizer=adam")
SETTINGS = SearchSettings(
    n_trials=6,
    study=None,
    sampler="tpe",
    seed=1,
    startup_trials=2,
    pruner="median",
    warmup_epochs=1,
    batch=2,
    params={},
)


def settings(folder: Path, *words: str) -> Settings:
    return read_settings(configured("corpus=sample", "embedding=random50", f"paths.mlruns={folder}", *words))


def begin(folder: Path, *words: str, how: SearchSettings = SETTINGS, others: tuple[str, ...] = ()) -> Search:
    space = read_space({}, words or WORDS, ())
    trial = settings(folder, *space.fixed, *space.corner(), *others)
    return Search(how, space, open_study("mine", how, space, trial, settings_hash(trial)), how.batch or 1)


def returned(value: float) -> JobReturn:
    result = JobReturn(status=JobStatus.COMPLETED)
    result.return_value = value
    return result


def dev_f1(trial: FrozenTrial) -> float:
    return 0.5 + float(trial.params["model.dropout"]) / 10


def drawn(search: Search) -> list[dict[str, object]]:
    return [trial.params for trial in search.study.get_trials()]


def test_a_search_that_is_stopped_draws_the_same_trials(tmp_path: Path) -> None:
    whole, stopped = begin(tmp_path / "whole"), begin(tmp_path / "stopped")
    while batch := whole.next_batch():
        assert len(batch) == 2
        for trial in batch:
            whole.record(trial, returned(dev_f1(trial)))
    assert len(whole.ended()) == 6

    first = stopped.next_batch()
    stopped.record(first[0], returned(dev_f1(first[0])))
    again = begin(tmp_path / "stopped")  # as another process would, after a kill
    (left,) = (trial for trial in again.study.get_trials() if trial.state == TrialState.RUNNING)
    again.batch = 1
    assert [trial.number for trial in again.next_batch()] == [left.number]
    again.record(left, returned(dev_f1(left)))
    again.batch = 2
    while batch := again.next_batch():
        for trial in batch:
            again.record(trial, returned(dev_f1(trial)))
    assert drawn(again) == drawn(whole)
    assert len({tuple(each.items()) for each in map(dict, drawn(whole))}) == 6


def test_pruned_trials_count_and_failed_ones_do_not(tmp_path: Path) -> None:
    search = begin(tmp_path)
    pruned, failed = search.next_batch()
    trial = settings(tmp_path, f"tracking.study={search.study.study_name}", f"tracking.trial={pruned.number}")
    opened = trial_of(trial)
    assert opened is not None
    opened.trial.report(0.3, 0)
    opened.trial.report(0.2, 1)
    opened.note_run("abc")
    opened.note_pruned()
    search.record(pruned, returned(0.3))
    search.record(failed, JobReturn(status=JobStatus.FAILED))
    assert len(search.errors) == 1
    assert [each.state for each in search.ended()] == [TrialState.PRUNED]
    (row,) = trial_table(search.study, search.space).itertuples()
    assert (row.state, row.dev_f1, row.epochs, row.run) == ("pruned", 0.3, 2, "abc")
    assert best_trial(search.study) is None
    with pytest.raises(BnerError, match="has no trial 0 to be carried out"):
        trial_of(trial)


def test_a_trial_at_work_elsewhere_is_left_alone(tmp_path: Path) -> None:
    search = begin(tmp_path, how=dataclasses.replace(SETTINGS, n_trials=2))
    first, second = search.next_batch()
    search.record(first, returned(float("nan")))
    search.record(second, returned(0.7))
    assert search.next_batch() == []
    assert search.elsewhere == {first.number}


def test_a_small_space_is_not_trained_twice(tmp_path: Path) -> None:
    how = dataclasses.replace(SETTINGS, n_trials=8, batch=3)
    search = begin(tmp_path, "char=cnn,lstm", "decoder=crf,softmax", how=how)
    launched = []
    while batch := search.next_batch():
        for trial in batch:
            launched.append(tuple(search.space.words(trial.params)))
            search.record(trial, returned(0.5 + len(launched) / 100))
    assert len(launched) == len(set(launched)) <= 4
    table = trial_table(search.study, search.space)
    assert len(table) == 8
    assert table.groupby("settings").dev_f1.nunique().eq(1).all()
    assert table.state.str.startswith("complete, as ").sum() == 8 - len(launched)


def test_the_words_of_a_trial(tmp_path: Path) -> None:
    search = begin(tmp_path)
    (trial, _) = search.next_batch()
    assert search.words(trial)[0] == "optimizer=adam"
    assert search.words(trial)[-3:] == ["tracking.study='mine'", "tracking.trial=0", "trainer.score_test=false"]
    composed = read_settings(configured(*search.words(trial)))
    assert (composed.tracking.study, composed.tracking.trial, composed.trainer.score_test) == ("mine", 0, False)


def test_a_pruner_reads_the_study_in_another_process(tmp_path: Path) -> None:
    search = begin(tmp_path, how=dataclasses.replace(SETTINGS, n_trials=4))
    for value in (0.8, 0.9):
        (trial, _) = search.next_batch()
        opened, reported = open_trial(settings(tmp_path), "mine", trial.number)
        assert reported == 0
        for step in range(3):
            opened.report(value, step)
            assert not opened.should_prune()  # the median wants two trials that have ended
        assert open_trial(settings(tmp_path), "mine", trial.number)[1] == 3
        search.record(trial, returned(value))
    trial = search.next_batch()[0]
    opened, _ = open_trial(settings(tmp_path), "mine", trial.number)
    opened.report(0.1, 0)
    assert not opened.should_prune()  # the first epoch warms up
    opened.report(0.1, 1)
    assert opened.should_prune()


def test_importances_want_ten_trials(tmp_path: Path) -> None:
    search = begin(tmp_path, how=dataclasses.replace(SETTINGS, n_trials=10, sampler="random"))
    assert importances(search.study) == {}
    while batch := search.next_batch():
        for trial in batch:
            search.record(trial, returned(dev_f1(trial)))
    shares = importances(search.study)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["model.dropout"] > shares["char"]  # which has no influence


@pytest.mark.parametrize(
    ("words", "others", "sentence"),
    [
        (("char=cnn,lstm", "optimizer=adam"), (), "has another space"),
        (WORDS, ("trainer.max_epochs=5",), "has other settings beside its space"),
    ],
)
def test_a_study_has_one_space(tmp_path: Path, words: tuple[str, ...], others: tuple[str, ...], sentence: str) -> None:
    begin(tmp_path)
    begin(tmp_path)
    with pytest.raises(BnerError, match=f"the study mine in .*search.db {sentence}"):
        begin(tmp_path, *words, others=others)


def test_studies_that_cannot_be_opened(tmp_path: Path) -> None:
    broken = tmp_path / "search.db"
    broken.write_text("no database, however long one reads in it")
    with pytest.raises(BnerError, match="cannot be opened"):
        begin(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("sampler", "grid"), ("pruner", "mean"), ("n_trials", 0), ("batch", 0), ("warmup_epochs", -1)]
)
def test_settings_that_cannot_be(key: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        dataclasses.replace(SETTINGS, **{key: value})  # type: ignore[arg-type]
    assert caught.value.key == key


def test_as_many_trials_as_the_launcher_runs() -> None:
    assert parallel_jobs(OmegaConf.create({"_target_": "x"})) == 1
    assert parallel_jobs(OmegaConf.create({"n_jobs": 3})) == 3
    assert parallel_jobs(OmegaConf.create({"n_jobs": -1})) >= 1
    assert parallel_jobs(OmegaConf.create({"array_parallelism": 32})) == 32
