"""`bner compare --experiment`: the variants of a sweep beside one of them, and sweeps that cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from bner.analysis.kinds import TestKind
from bner.analysis.significance import holm
from bner.errors import BnerError
from bner.report.compare import compare_variants
from bner.report.compare_tracked import named_variant
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.tracking.scores import read_scores
from bner.tracking.store import tracking_uri
from tests.report.test_compare import compared, made_run

FULL = "blstm-biomed300-frozen-attention-crf"
NAMES = {  # of variants, with the share of mentions that they find, and their seeds
    "lstm-biomed300-frozen-attention-crf": (0.6, (1, 2, 4)),
    "lstm-random300-frozen-attention-crf": (0.4, (1,)),
    FULL: (0.7, (1, 2, 3)),
}


def tags(corpus: str, variant: str, table: str = "table2") -> dict[str, str]:
    return {"variant.name": f"{corpus}-{variant}", "paper.table": table}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store with a sweep on two corpora, and the runs of its first corpus by name."""
    mlruns, runs = tmp_path_factory.mktemp("runs"), {}
    for number, (variant, (share, seeds)) in enumerate(NAMES.items()):
        for seed in seeds:
            name = f"gm-{variant}-s{seed}"
            runs[name] = made_run(mlruns, name, share, seed, tags=tags("gm", variant), rng=100 * number + seed)
    for number, variant in enumerate((FULL, "lstm-biomed300-frozen-attention-crf")):
        name = f"jnlpba-{variant}-s1"
        made_run(mlruns, name, 0.5, 1, corpus="jnlpba", tags=tags("jnlpba", variant), rng=1000 + number)
    made_run(mlruns, f"sample-{FULL}-s1", 0.5, 1, corpus="sample", tags=tags("sample", FULL))  # nothing beside it
    return mlruns, runs


WORDS = ("--experiment", "table2", "--baseline")


def test_a_sweep(sweep: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    mlruns, runs = sweep
    words = (*WORDS, "blstm-biomed300", "--json", "--resamples", "500")
    said = json.loads(compared(capsys, mlruns, *words))
    assert [each["corpus"] for each in said["corpora"]] == ["gm", "jnlpba"]
    gm, jnlpba = said["corpora"]
    assert gm["baseline"] == f"gm-{FULL}"
    assert gm["seeds"] == [1, 2, 3]
    assert [(row["rule"], row["variant"]) for row in gm["rows"]] == [
        (rule, f"gm-{name}") for rule in ("official", "strict") for name in NAMES if name != FULL
    ]
    paired, single = gm["rows"][:2]
    assert [each["unit"] for each in paired["tests"]] == [
        "sentences and seeds", "sentences and seeds", "20 blocks of sentences", "2 seeds",
    ]  # fmt: skip
    assert [each["unit"] for each in single["tests"]][2:] == ["20 blocks of sentences"]  # only seed 1 has a partner
    assert paired["effect"] == pytest.approx(paired["f1"] - paired["baseline_f1"])
    assert paired["low"] < paired["effect"] < paired["high"]
    assert all(each["low"] is not None for row in gm["rows"] for each in row["tests"])  # never p alone
    for number in range(3):
        values = [row["tests"][number]["p"] for row in gm["rows"][:2]]
        assert [row["tests"][number]["p_corrected"] for row in gm["rows"][:2]] == pytest.approx(holm(values))
    assert all(each["p_corrected"] == each["p"] for row in jnlpba["rows"] for each in row["tests"])  # one row a rule

    # Runs that are read by hand give the same.
    uri = tracking_uri(None, mlruns)
    scores = {
        name: [read_scores(uri, run) for key, run in runs.items() if key.startswith(f"gm-{name}-s")] for name in NAMES
    }
    found = compare_variants(scores.pop(FULL), scores, 500, tests=[TestKind.BOOTSTRAP])
    assert [row.low for row in found.rows] == pytest.approx([row["low"] for row in gm["rows"]])
    assert found.rows[0].corrected() == pytest.approx(paired["tests"][1]["p_corrected"])

    # Each test is a run that names and links the runs of both variants; those link it.
    client = MlflowClient(uri)
    test = client.get_run(paired["tests"][1]["run"])
    assert test.data.params["first"].split() == [runs[f"gm-{FULL}-s{seed}"] for seed in (1, 2, 3)]
    assert test.data.params["second"].split() == paired["runs"]
    assert test.data.params["first_name"] == f"gm-{FULL}"
    assert test.data.params["corpus"] == "gm"
    assert test.data.metrics["p_corrected"] == pytest.approx(paired["tests"][1]["p_corrected"])
    over_seeds = client.get_run(paired["tests"][3]["run"])
    assert over_seeds.data.params["second"].split() == paired["runs"][:2]  # seed 4 has no partner
    for run in (*gm["runs"], *paired["runs"]):
        tags = client.get_run(run).data.tags
        assert test.info.run_id in tags["significance.runs"].split()
        assert f"/runs/{test.info.run_id})" in tags["mlflow.note.content"]
        assert len(tags["mlflow.note.content"]) <= 8000

    # The same comparison keeps its runs; fewer tests are runs that are there as well.
    count = len(client.search_runs([test.info.experiment_id]))
    assert json.loads(compared(capsys, mlruns, *words)) == said
    some = json.loads(compared(capsys, mlruns, *words, "--test", "bootstrap", "--corpus", "gm"))
    assert some["corpora"][0]["rows"][0]["tests"] == [paired["tests"][1]]
    assert len(client.search_runs([test.info.experiment_id])) == count


def test_a_table_for_people(sweep: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    said = compared(capsys, sweep[0], *WORDS, FULL, "--resamples", "200", "--corpus", "gm")
    assert f"gm: gm-{FULL}, seeds 1, 2, 3, is the baseline" in said
    assert said.count("lstm-random300-frozen-attention-crf") >= 2  # a row a rule
    assert "seeds: paired t-test over 2 seeds" in said
    assert "the test over seeds leaves out seeds 4 of the variant and 3 of the baseline, which have no partner" in said
    assert " 0.0000 " not in said.partition("Holm")[2]


def test_names_of_variants() -> None:
    names = [*NAMES, f"{FULL}-batch_size=32"]
    assert named_variant(FULL, names) == FULL
    assert named_variant(f"gm-{FULL}", names, ["gm"]) == FULL
    assert named_variant("lstm-biomed300", names) == "lstm-biomed300-frozen-attention-crf"  # blstm is another word
    assert named_variant("blstm-crf-batch_size=32", names) == f"{FULL}-batch_size=32"
    assert named_variant("random", names) == "lstm-random300-frozen-attention-crf"
    with pytest.raises(BnerError, match="blstm is the name of 2 variants of the sweep"):
        named_variant("blstm", names)
    with pytest.raises(BnerError, match="no finished variant lstm-random50; the nearest names are lstm-random300"):
        named_variant("lstm-random50", names)


def test_what_cannot_be_compared(
    sweep: tuple[Path, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mlruns, _ = sweep
    for words, sentence in (
        ((*WORDS, "blstm-glove50"), "table2 has no finished variant blstm-glove50; the nearest names are blstm-biomed"),
        ((*WORDS, "lstm"), "lstm is the name of 2 variants of table2"),
        ((*WORDS, FULL, "--corpus", "bc5"), "table2 has no runs on bc5, only on gm, jnlpba, sample"),
        ((*WORDS, FULL, "--corpus", "sample"), f"table2 has no finished variant beside {FULL}"),
        ((*WORDS, FULL, "--test", "seeds"), "the test over seeds needs two or more pairs"),
        (("--experiment", "table9", "--baseline", FULL), "no runs of table9, only of table2"),
        ((*WORDS[:2],), "needs either RUN_A and RUN_B, or"),
        ((*WORDS, FULL, "--mlflow-experiment", "nosuch"), "has no experiment nosuch"),
    ):
        said = compared(capsys, mlruns, *words, "--resamples", "100", status=1)
        assert sentence in said
        assert said.count("\n") == 1

    store = RunStore(tracking_uri(None, tmp_path), "bner", tmp_path / "checkpoints")
    begin_run(store, "other", {}, {})
    said = compared(capsys, tmp_path, *WORDS, FULL, status=1)
    assert "no runs of table2, only of no sweep" in said


def test_an_unfinished_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for variant in ("blstm-crf", "lstm-crf"):
        made_run(tmp_path, f"gm-{variant}-s1", 0.6, 1, tags=tags("gm", variant))
    store = RunStore(tracking_uri(None, tmp_path), "bner", tmp_path / "checkpoints")
    more = {"variant.corpus": "gm", **tags("gm", "rnn-crf")}
    waiting = begin_run(store, "gm-rnn-crf-s1", {"seed": 1}, more)
    begin_run(store, "gm-lstm-crf-s1", {"seed": 1}, {**more, **tags("gm", "lstm-crf")})  # another one has finished
    words = (*WORDS, "blstm", "--resamples", "100")
    said = compared(capsys, tmp_path, *words, status=1)
    assert f"1 of the 3 runs of table2 are not FINISHED, as {waiting.id} (gm-rnn-crf-s1, RUNNING)" in said
    assert "--finished-only" in said
    assert said.count("\n") == 1
    said = json.loads(compared(capsys, tmp_path, *words, "--finished-only", "--json"))
    assert {row["variant"] for row in said["corpora"][0]["rows"]} == {"gm-lstm-crf"}

    with waiting.recording(system_metrics=False):
        waiting.log_metrics({"test/f1": 0.5})  # FINISHED, and its artifacts are lost
    assert "(gm-rnn-crf-s1, FINISHED) has no counts by sentence" in compared(capsys, tmp_path, *words, status=1)
