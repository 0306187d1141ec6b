"""`bner report`: every cell from tracked runs, what is missing with its command, claims, the report's own run."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from bner.report.cells import Results, changed
from bner.report.claims import FAILS, HOLDS, UNDECIDED, UNTESTED, judge
from bner.report.filled import fill, frame
from bner.report.report import EXPERIMENT, Report, write_report
from bner.report.tables import tables
from bner.tracking.store import tracking_uri
from tests.cli.commands import failed, printed
from tests.conftest import configured
from tests.report.made_runs import make_run

VARIANTS: tuple[tuple[tuple[str, ...], float], ...] = (  # overrides, share of mentions found
    ((), 0.8),
    (("model=lstm",), 0.4),
    (("char=none",), 0.5),
    (("decoder=softmax",), 0.8),
    (("embedding=random300",), 0.3),
    (("embedding.finetune=true",), 0.8),
    (("embedding=random300", "embedding.finetune=true"), 0.6),
)


@pytest.fixture(scope="module")
def mlruns(tmp_path_factory: pytest.TempPathFactory, small_data: Path) -> Path:
    """Both corpora; the sample's sentences stand for GM's, so that there is something to test."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        for overrides, share in VARIANTS:
            words = ("corpus=sample", "corpus.name=gm", *overrides, f"seed={seed}")
            make_run(folder, small_data, *words, share=share)
    make_run(folder, small_data, "corpus=jnlpba")
    return folder


@pytest.fixture(scope="module")
def results(mlruns: Path) -> Results:
    return Results(tracking_uri(None, mlruns), "bner")


@pytest.fixture(scope="module")
def report(mlruns: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    out = tmp_path_factory.mktemp("report")
    return write_report(tracking_uri(None, mlruns), "bner", out, mlruns, resamples=200), out


def test_a_cell_is_the_mean_over_the_seeds_of_its_variant(results: Results) -> None:
    base = results.base(None)
    cell = results.cell("gm", changed(base, model="lstm"))
    values = [run.metrics["test/official_f1"] for run in cell.runs]
    assert [run.seed for run in cell.runs] == [1, 2]
    assert cell.mean("test/official_f1") == pytest.approx(sum(values) / 2)
    assert cell.deviation("test/official_f1") == pytest.approx(abs(values[0] - values[1]) / math.sqrt(2))
    assert math.isnan(results.cell("jnlpba", base).deviation("test/official_f1"))


def test_a_row_has_its_effect_on_the_baseline_and_the_papers_value_beside_it(results: Results) -> None:
    base = results.base(None)
    table = next(table for table in tables(results, base) if table.name == "table2")
    rows = frame(fill(results, table, "gm", resamples=500)).set_index("row")
    lstm, best = rows.loc["LSTM, biomed300"], rows.loc["BLSTM, biomed300"]
    assert lstm["effect"] == pytest.approx(lstm["f1"] - best["f1"])
    assert lstm["low"] < lstm["effect"] < lstm["high"] < 0
    assert lstm["p"] <= lstm["p_corrected"] < 0.05
    assert math.isnan(best["effect"])
    assert best["paper_f1"] == pytest.approx(0.8655)
    assert lstm["paper_f1"] == pytest.approx(0.8655 - 0.0043)


def test_holms_correction_is_over_the_rows_of_a_table(results: Results) -> None:
    table = next(table for table in tables(results, results.base(None)) if table.name == "ablations")
    rows = frame(fill(results, table, "gm", resamples=500)).dropna(subset="p")
    assert len(rows) == 5
    assert rows["p_corrected"].min() >= rows["p"].min() * len(rows) * 0.999 or rows["p_corrected"].min() == 1


def test_a_missing_cell_is_shown_with_the_command_that_fills_it(report: tuple[Report, Path]) -> None:
    made, out = report
    rows = pd.read_csv(out / "table2.csv")
    missing = rows[(rows["row"] == "LSTM, glove50") | (rows["row"] == "LSTM, senna50")]
    assert (missing["seeds"] == 0).all()
    assert missing["f1"].isna().all()
    command = f"python train.py corpus=gm embedding=senna50 model=lstm char={configured().char.name} decoder=crf"
    assert any(each.startswith(command) for each in made.missing)
    assert command in (out / "report.md").read_text()


def test_figures_are_png_and_pdf_and_tables_markdown_and_csv(report: tuple[Report, Path]) -> None:
    made, out = report
    assert (out / "figure2.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "figure2.pdf").read_bytes().startswith(b"%PDF")
    text = (out / "report.md").read_text()
    for title in ("Table 1", "Table 2", "Table 3", "Table 4", "Figure 2", "Table 5", "Table 6", "Table 7", "Figures 3"):
        assert re.search(rf"^## {title}\b", text, re.MULTILINE), title
    assert all(path.stat().st_size for path in made.files)


def test_claims_follow_the_effects_and_are_not_tested_without_runs(results: Results, small_data: Path) -> None:
    claims = {claim.text: claim for claim in judge(results, results.base(None), resamples=500)}
    assert claims["Two directions help"].verdict("gm") == HOLDS
    assert claims["Two directions help"].verdict("jnlpba") == UNTESTED
    assert claims["The CRF helps"].verdict("gm") in (UNDECIDED, HOLDS, FAILS)
    assert claims["As good as hand-made features without any"].verdict("gm") == UNTESTED
    assert "python train.py" in claims["Two directions help"].evidence[1].missing[0]


def test_the_report_and_its_tests_are_runs_of_their_own(report: tuple[Report, Path], mlruns: Path) -> None:
    made, _ = report
    client = MlflowClient(tracking_uri(None, mlruns))
    run = client.get_run(made.run_id)
    assert client.get_experiment(run.info.experiment_id).name == EXPERIMENT
    assert run.info.status == "FINISHED"
    assert {"report/report.md", "report/claims.md", "report/figure2.pdf", "report/table7_gm_best.csv"} <= {
        item.path for item in client.list_artifacts(made.run_id, "report")
    }
    tests = client.search_runs([client.get_experiment_by_name("bner-significance").experiment_id])
    assert len(tests) >= 5


def test_without_runs_the_command_says_so(tmp_path: Path, small_data: Path) -> None:
    assert "no MLflow database" in failed("report", "--out", str(tmp_path / "r"), "--mlruns", str(tmp_path))
    make_run(tmp_path / "m", small_data, "corpus=sample", ends=False)
    said = failed("report", "--out", str(tmp_path / "r"), "--mlruns", str(tmp_path / "m"))
    assert "has 1 runs and none of them is FINISHED" in said
    assert not (tmp_path / "r").exists()


def test_an_unknown_baseline_is_named(mlruns: Path, tmp_path: Path) -> None:
    said = failed("report", "--out", str(tmp_path / "r"), "--mlruns", str(mlruns), "--baseline", "blstm-x")
    assert "no finished run of the variant blstm-x" in said


def test_records_bring_runs_into_another_store(mlruns: Path, tmp_path: Path, results: Results) -> None:
    assert "15 records" in printed("save-runs", str(tmp_path / "r"), "--mlruns", str(mlruns))
    assert (
        printed("load-runs", str(tmp_path / "r"), "--mlruns", str(tmp_path / "m")) == "15 runs loaded, 0 were there\n"
    )
    assert (
        printed("load-runs", str(tmp_path / "r"), "--mlruns", str(tmp_path / "m")) == "0 runs loaded, 15 were there\n"
    )
    loaded = Results(tracking_uri(None, tmp_path / "m"), "bner")
    assert loaded.cells.keys() == results.cells.keys()
    for key, cell in results.cells.items():
        for before, after in zip(results.scores(cell), loaded.scores(loaded.cells[key]), strict=True):
            assert before.sentences == after.sentences
            for rule in before.counts:
                assert (before.counts[rule] == after.counts[rule]).all()
        metric = "test/official_f1"
        assert [run.metrics[metric] for run in cell.runs] == [run.metrics[metric] for run in loaded.cells[key].runs]


def test_a_broken_record_is_named_and_nothing_is_loaded(tmp_path: Path) -> None:
    assert "has no records of runs" in failed("load-runs", str(tmp_path), "--mlruns", str(tmp_path / "m"))
    (tmp_path / "gm").mkdir()
    (tmp_path / "gm" / "sentences.csv").write_text("sentence,official,strict\nS1,1,1\n")
    (tmp_path / "gm" / "a.json").write_text('{"errors": {"official": "7:1:1", "strict": ""}}')
    said = failed("load-runs", str(tmp_path), "--mlruns", str(tmp_path / "m"))
    assert "a.json is no record of a run" in said
    assert not (tmp_path / "m").exists()
