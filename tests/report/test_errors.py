"""`bner errors`: text, JSON, artifacts that are used again, other data folders; what it refuses in one sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from bner.corpora.sentence import Mention
from bner.report.errors import error_tables
from bner.report.predictions import read_predictions
from bner.scoring.final import final_scores
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.tracking.store import tracking_uri
from tests.cli.commands import failed, printed
from tests.conftest import write
from tests.report.predicting_runs import predicting_run

# Of the test sentences of tests/conftest.py: T cells is found as a cell line, NF-kappa alone, nothing of abstract 1.
IOB2_PREDICTED = ((), (Mention(0, 2, "cell_line"),), (Mention(0, 1, "protein"), Mention(3, 4, "cell_line")), ())
# p53 protein for p53, IL-2 receptor (an alternative) for IL-2 receptor alpha, nothing of S3, and NF of S6.
GM_PREDICTED = ((Mention(1, 3, "GENE"), Mention(4, 8, "GENE")), (), (), (), (), (Mention(0, 1, "GENE"),))


@pytest.fixture(scope="module")
def mlruns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def gm_run(mlruns: Path, small_data: Path) -> str:
    return predicting_run(mlruns, ["corpus=gm", f"paths.data={small_data}"], GM_PREDICTED, "gm-made")[0]


@pytest.fixture(scope="module")
def jnlpba_run(mlruns: Path, small_data: Path) -> str:
    return predicting_run(mlruns, ["corpus=jnlpba", f"paths.data={small_data}"], IOB2_PREDICTED)[0]


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BNER_DATA", raising=False)


def said(mlruns: Path, *words: str) -> str:
    """What the command prints."""
    return printed("errors", "--mlruns", str(mlruns), *words)


def test_text(mlruns: Path, gm_run: str, jnlpba_run: str) -> None:
    text = said(mlruns, gm_run)
    assert "gm-made" in text
    assert "The {GENE: [GENE: p53] protein} binds {GENE: [GENE: IL-2 receptor} alpha]" not in text  # crossing brackets
    assert "The {GENE: [GENE: p53] protein} binds [GENE: {GENE: IL-2 receptor} alpha]." in text
    assert "2 FP (too long, too short, 1 accepted by the official score)" in text
    assert "[GENE: Ras]/[GENE: MAPK] signalling needs [GENE: c-fos] and [GENE: c-jun]." in text
    assert "{GENE: NF}-kappa B and AP-1 bind." in text
    text = said(mlruns, jnlpba_run, "--type", "cell_type")
    assert "{cell_line: [cell_type: T cells]} ." in text
    assert text.partition("as others (columns)")[2].split()[3:5] == ["cell_line", "cell_type"]  # the matrix's head
    assert "[protein:" not in text
    text = said(mlruns, jnlpba_run, "--category", "right", "--limit", "0")
    assert "right boundary: 1 FP, 1 FN in 1 sentences, the first 0 of them" in text
    assert "spurious:" not in text
    assert "NF-kappa" not in text


def test_json(mlruns: Path, small_data: Path, jnlpba_run: str) -> None:
    content = json.loads(said(mlruns, jnlpba_run, "--json"))
    found = read_predictions(tracking_uri(None, mlruns), jnlpba_run)
    score = final_scores(found.corpus, found.predicted).strict.total
    sides = [each["side"] for each in content["errors"]]
    assert (sides.count("fp"), sides.count("fn")) == (score.fp, score.fn)
    assert {row["error"]: row["fn"] for row in content["table7"]}["all"] == score.fn
    assert content["errors"][0] == {
        "sentence": "1.2", "side": "fn", "category": "classification", "extent": "", "accepted": False,
        "mention": {"start": 0, "end": 2, "type": "cell_type", "text": "T cells"},
        "partners": [{"start": 0, "end": 2, "type": "cell_line", "text": "T cells"}],
    }  # fmt: skip
    few = json.loads(said(mlruns, jnlpba_run, "--json", "--category", "missing", "--limit", "1"))
    assert [(each["sentence"], each["category"]) for each in few["errors"]] == [("1.1", "missing")]
    assert few["table7"] == content["table7"]


def test_artifacts_are_what_the_command_shows(mlruns: Path, gm_run: str, tmp_path: Path) -> None:
    out = tmp_path / "pages" / "errors.html"
    content = json.loads(said(mlruns, gm_run, "--json", "--out", str(out), "--category", "missing"))
    client = MlflowClient(tracking_uri(None, mlruns))
    assert client.get_run(gm_run).info.status == "FINISHED"
    folder = Path(str(client.get_run(gm_run).info.artifact_uri).removeprefix("file://"))
    assert (folder / "errors" / "errors.html").read_text() == out.read_text()
    kept = pd.read_csv(folder / "tables" / "errors.csv")
    assert kept.set_index("category")["fn"].to_dict() == {row["category"]: row["fn"] for row in content["categories"]}
    assert (folder / "tables" / "confusions.csv").read_text() == "gold,predicted,errors,share\n"
    assert len(pd.read_csv(folder / "tables" / "error_summary.csv")) == len(content["summary"])


def test_tables_are_computed_once(
    mlruns: Path, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = tracking_uri(None, mlruns)
    run, _ = predicting_run(mlruns, ["corpus=jnlpba", f"paths.data={small_data}"], IOB2_PREDICTED, "once")
    first = error_tables(uri, run)
    monkeypatch.setattr("bner.report.errors.read_predictions", None)  # no more needed
    again = error_tables(uri, run)
    for name in ("categories", "confusions", "summary", "table7", "confusion_matrix"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(first, name))
    assert first.share("missing mentions of type protein") == 0
    assert first.table7.loc["type", "fn"] == 1


def test_another_data_folder(mlruns: Path, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, now, other = tmp_path / "before", tmp_path / "now", tmp_path / "other"
    shutil.copytree(small_data / "corpora", before / "corpora")
    run, corpus = predicting_run(mlruns, ["corpus=jnlpba", f"paths.data={before}"], IOB2_PREDICTED, "moved")
    before.rename(now)
    shutil.copytree(now / "corpora", other / "corpora")
    changed = other / "corpora" / "jnlpba" / "Genia4EReval2.iob2"
    changed.write_text(changed.read_text().replace("HL-60", "HL-61"))

    assert "Genia4ERtask2.iob2 of corpus jnlpba is missing" in failed("errors", "--mlruns", str(mlruns), run)
    assert "classification: 1 FP, 1 FN" in said(mlruns, run, "--data", str(now))
    assert "--data or BNER_DATA" in failed("errors", "--mlruns", str(mlruns), run, "--data", str(other))
    monkeypatch.setenv("BNER_DATA", str(now))
    assert "classification: 1 FP, 1 FN" in said(mlruns, run)
    assert len(corpus.test) == 4


def test_what_is_refused(mlruns: Path, gm_run: str, small_data: Path) -> None:
    small = ["corpus=gm", f"paths.data={small_data}"]
    empty, _ = predicting_run(mlruns, small, None, "empty")
    foreign, _ = predicting_run(mlruns, small, None, "foreign")
    client = MlflowClient(tracking_uri(None, mlruns))
    client.log_artifact(foreign, str(write(mlruns / "test.eval", ["other|0 2|p53"])), "predictions")
    bare = begin_run(RunStore(tracking_uri(None, mlruns), "bner", mlruns / "checkpoints"), "bare", {}, {}).id
    for words, sentence in (
        (["nosuch"], "nosuch names no run of the MLflow store"),
        ([bare], "(bare, RUNNING) has no artifact config.yaml"),
        ([empty], "(empty, FINISHED) has no predictions (predictions/test.eval)"),
        ([foreign], "predictions/test.eval:1 names sentence other, which the corpus does not have"),
        ([gm_run, "--category", "lefft"], "there is no category lefft of errors: use one of classification, token,"),
        ([gm_run, "--type", "DNA"], "corpus gm has no mention type DNA: use one of GENE."),
        ([gm_run, "--out", str(mlruns / "test.eval" / "page.html")], "cannot be written"),
    ):
        text = failed("errors", "--mlruns", str(mlruns), *words)
        assert sentence in text
        assert "\n" not in text
    assert "there is no MLflow database" in failed("errors", "--mlruns", str(mlruns / "nothing"), gm_run)
    assert not (mlruns / "nothing").exists()
