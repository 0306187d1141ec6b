"""Runs of the baseline: what MLflow has of them, which are the same, and bad input."""

from __future__ import annotations

import math
from pathlib import Path

import pycrfsuite
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from omegaconf import OmegaConf

from bner.cli import app as cli
from bner.config.identity import code_version, variant_key
from bner.config.schema import flat, read_baseline_settings
from bner.errors import BnerError
from bner.experiments.baseline import run_baseline
from bner.experiments.overrides import composed
from bner.scoring.files import score_gm_files
from bner.tracking.scores import read_scores
from tests.conftest import ROOT

CONF = ROOT / "conf"
FAST = ("tracking.system_metrics=false", "baseline.max_iterations=25")


def runs(mlruns: Path) -> list[Run]:
    """The runs, the newest first."""
    client = MlflowClient(f"sqlite:///{mlruns}/mlflow.db")
    return list(client.search_runs([client.get_experiment_by_name("bner").experiment_id]))


def artifacts(mlruns: Path, run: Run) -> Path:
    return mlruns / "artifacts" / run.info.run_id / "artifacts"


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A store with one run on the sample, and the dev F1 that it returned."""
    mlruns = tmp_path_factory.mktemp("runs")
    return mlruns, run_baseline(["corpus=sample", *FAST], CONF, mlruns)


def test_a_run_has_what_every_run_has(sample: tuple[Path, float]) -> None:
    mlruns, dev_f1 = sample
    (run,) = runs(mlruns)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "sample-feature_crf-s1-max_iterations=25")
    metrics, params, tags = run.data.metrics, run.data.params, run.data.tags
    assert metrics["dev/f1"] == metrics["dev/best_f1"] == dev_f1
    assert dev_f1 > 0.8
    assert 2 / (1 / metrics["dev/precision"] + 1 / metrics["dev/recall"]) == pytest.approx(dev_f1)
    rules = ("f1", "precision", "recall", "official_f1", "official_precision", "official_recall")
    assert {f"test/{name}" for name in rules} < metrics.keys()
    assert metrics["test/tokens_per_second"] > 0
    assert params["baseline.max_iterations"] == "25"
    assert "embedding.dim" not in params
    assert {
        "git.commit", "corpus.sha256", "split.sha256", "code.sha256", "variant.key", "settings.sha256",
        "mlflow.source.name", "mlflow.user",
    } < tags.keys()  # fmt: skip
    assert "vectors.sha256" not in tags
    assert tags["mlflow.source.name"] == "bner baseline"
    assert "`bner baseline corpus=sample seed=1 baseline.max_iterations=25`" in tags["mlflow.note.content"]
    inputs = {dataset.dataset.name: dataset.dataset.digest for dataset in run.inputs.dataset_inputs}
    assert set(inputs) == {"sample train", "sample dev", "sample test"}
    assert inputs["sample test"] == tags["corpus.sha256"][:12]

    folder = artifacts(mlruns, run)
    assert names(folder) == {
        "config.yaml", "predictions/test.eval", "predictions/preview.txt", "tables/per_type.csv",
        "tables/by_sentence.csv", "model/feature_crf.crfsuite",
    }  # fmt: skip
    assert OmegaConf.load(folder / "config.yaml").baseline.max_iterations == 25
    counts = score_gm_files(ROOT / "src/bner/corpora/sample/test", folder / "predictions/test.eval").total
    assert metrics["test/official_f1"] == pytest.approx(counts.f1, abs=1e-12)
    scores = read_scores(f"sqlite:///{mlruns}/mlflow.db", run.info.run_id)  # as `bner compare` reads it
    assert scores.corpus == "sample"
    assert scores.counts["official"].sum(axis=0).tolist() == [counts.tp, counts.fp, counts.fn]
    tagger = pycrfsuite.Tagger()
    tagger.open(str(folder / "model/feature_crf.crfsuite"))
    assert set(tagger.labels()) <= {"O", "B-GENE", "I-GENE", "E-GENE", "S-GENE"}
    assert not list((mlruns / "checkpoints").iterdir())  # nothing is left beside the store
    losses = MlflowClient(f"sqlite:///{mlruns}/mlflow.db").get_metric_history(run.info.run_id, "train/loss")
    assert [point.step for point in losses] == list(range(1, 26))


def test_a_finished_run_is_not_made_again(sample: tuple[Path, float], capsys: pytest.CaptureFixture[str]) -> None:
    mlruns, dev_f1 = sample
    assert run_baseline(["corpus=sample", *FAST], CONF, mlruns) == dev_f1
    (run,) = runs(mlruns)
    assert f"nothing to do, run {run.info.run_id} is FINISHED for the same configuration" in capsys.readouterr().out


def test_clusters_and_another_corpus(small_data: Path, tmp_path: Path) -> None:
    words = ["corpus=jnlpba", "baseline.clusters=3", "embedding=random50", f"paths.data={small_data}", *FAST]
    first = run_baseline(words, CONF, tmp_path)
    assert run_baseline([*words, "resume=new"], CONF, tmp_path) == first
    again, run = runs(tmp_path)
    assert again.info.run_name == run.info.run_name == "jnlpba-feature_crf-random50-s1-clusters=3-max_iterations=25"
    assert run.data.tags["vectors.sha256"] == "random, seed 1"
    folder = artifacts(tmp_path, run)
    assert {"predictions/test.iob2", "model/clusters.tsv"} < names(folder)
    clusters = dict(reversed(line.split("\t")) for line in (folder / "model/clusters.tsv").read_text().splitlines())
    assert set(clusters.values()) <= {"0", "1", "2"}
    for name in ("model/feature_crf.crfsuite", "model/clusters.tsv"):
        assert (folder / name).read_bytes() == (artifacts(tmp_path, again) / name).read_bytes()
    assert run.data.metrics["test/f1"] == again.data.metrics["test/f1"]


def test_an_interrupted_run_is_killed_and_made_again(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    words = ["corpus=gm", f"paths.data={small_data}", *FAST]
    with monkeypatch.context() as patch:
        patch.setattr("bner.baseline.crf.FeatureCRF.train", interrupted)
        with pytest.raises(SystemExit) as ended:
            run_baseline(words, CONF, tmp_path)
    assert ended.value.code == 130
    (run,) = runs(tmp_path)
    assert run.info.status == "KILLED"
    assert not math.isnan(run_baseline(words, CONF, tmp_path))
    (after,) = runs(tmp_path)
    assert (after.info.run_id, after.info.status) == (run.info.run_id, "FINISHED")


def test_vectors_count_only_where_there_are_clusters() -> None:
    def key(*words: str) -> str:
        return variant_key(read_baseline_settings(composed("baseline", CONF, words)), {})

    assert key() == key("embedding=glove50") == key("paths.data=/elsewhere", "resume=new")
    assert key("baseline.clusters=9") != key()
    assert key("baseline.clusters=9") != key("baseline.clusters=9", "embedding=glove50")
    assert len({key(), key("baseline.c1=0.7"), key("seed=2"), key("corpus=jnlpba"), key("baseline.window=1")}) == 5
    assert flat(read_baseline_settings(composed("baseline", CONF, ())))["embedding"] is None


def test_the_code_of_the_baseline_counts_and_the_networks_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from bner.config import identity

    settings = read_baseline_settings(composed("baseline", CONF, ()))
    version, original = code_version(settings), identity._code
    package = Path(identity.__file__).parents[1]
    for name, counts in (("baseline/word_features.py", True), ("corpora/bies.py", True), ("model/network.py", False)):
        changed = package / name
        monkeypatch.setattr(identity, "_code", lambda file, changed=changed: original(file) + "#" * (file == changed))
        assert (code_version(settings) != version) == counts, name


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["baseline.cc1=1"], "baseline.cc1 is no setting: the nearest is baseline.c1."),
        (["corpus=gmm"], "corpus=gmm does not exist: the nearest is corpus=gm (gm, jnlpba, sample)."),
        (["+baseline.c3=1"], "baseline.c3 is no setting: the nearest is baseline.c2"),
        (["model=blstm"], "model is no setting"),
        (["baseline.c1=-1"], "baseline.c1 is -1.0: use at least 0."),
        (["baseline.c1=much"], "baseline.c1: Value 'much'"),
        (["baseline.max_iterations=0"], "baseline.max_iterations is 0: use at least 1."),
        (["resume=0123"], "resume is '0123': use auto or new."),
        (["embedding=glove50"], "embedding=glove50 is for word clusters, which the run has not: add baseline.clusters"),
        (["corpus=gm"], "of corpus gm is missing: run `bner fetch bc2gm`"),
        (["corpus=sample", "baseline.clusters=5"], "the vectors of embedding=biomed300 are missing"),
        (["corpus=sample", "baseline.clusters=99999", "embedding=random50"], "is more than the "),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--conf", str(CONF), "--mlruns", str(tmp_path / "runs")]
    monkeypatch.setattr("sys.argv", ["bner", "baseline", *options, *words])
    monkeypatch.setenv("BNER_DATA", str(tmp_path / "nothing"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert sentence in said
    assert said.startswith("bner: ")
    assert said.count("\n") == 1
    assert not (tmp_path / "runs" / "artifacts").exists()  # no run was begun


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=r"baseline\.yaml does not exist: .* its folder conf with --conf FOLDER"):
        run_baseline([], tmp_path, tmp_path)
