"""Whole runs as a user starts them: what MLflow has of them, how they end, how they go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from omegaconf import DictConfig, OmegaConf

from bner.errors import BnerError
from bner.experiments.run import train
from bner.scoring.files import score_gm_files, score_jnlpba_files
from tests.conftest import ROOT, make_data, write

FAST = (
    "corpus=sample", "embedding=random50", "model.hidden_size=8", "model.feature_size=8", "trainer.threads=1",
    "tracking.system_metrics=false",
)  # fmt: skip
NAME = "sample-blstm-random50-frozen-attention_hidden-crf-s1"


def command(mlruns: Path, *overrides: str) -> list[str]:
    return [sys.executable, str(ROOT / "train.py"), f"paths.mlruns={mlruns}", *overrides]


def sweep_command(mlruns: Path, *overrides: str) -> list[str]:
    return [sys.executable, str(ROOT / "train.py"), "-m", f"paths.mlruns={mlruns}", *overrides]


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("MLFLOW_TRACKING_URI", "BNER_DATA")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def runs(mlruns: Path) -> list[Run]:
    if not (mlruns / "mlflow.db").exists():
        return []
    client = MlflowClient(f"sqlite:///{mlruns}/mlflow.db")
    return list(client.search_runs([experiment.experiment_id for experiment in client.search_experiments()]))


def artifacts(mlruns: Path, run: Run) -> Path:
    return mlruns / "artifacts" / run.info.run_id / "artifacts"


def test_a_run_from_the_command_line(tmp_path: Path) -> None:
    words = (*FAST, "trainer.max_epochs=2", "tracking.system_metrics=true")
    done = subprocess.run(
        command(tmp_path, *words), cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    # Nothing is left in the working directory, nor elsewhere than where runs are kept.
    assert {path.name for path in tmp_path.iterdir()} == {
        "mlflow.db",
        ".mlflow.db.lock",
        "artifacts",
        "cache",
        "checkpoints",
    }
    (run,) = runs(tmp_path)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == f"{NAME}-feature_size=8-model.hidden_size=8-max_epochs=2"
    assert (
        f"run {run.info.run_id}: start `bner ui --mlruns {tmp_path}`, then open http://127.0.0.1:5000/" in done.stdout
    )
    metrics, params, tags = run.data.metrics, run.data.params, run.data.tags
    for name in ("dev/f1", "dev/precision", "dev/recall", "test/f1", "test/official_f1", "train/loss", "dev/best_f1"):
        assert 0 <= metrics[name] <= (100 if name == "train/loss" else 1)
    assert metrics["vectors/test_token_coverage"] == 1.0  # random vectors cover everything
    assert params["model.hidden_size"] == "8"
    assert params["trainer.max_epochs"] == "2"
    assert {"git.commit", "corpus.sha256", "split.sha256", "vectors.sha256", "variant.model"} <= tags.keys()
    folder = artifacts(tmp_path, run)
    kept = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert kept == {
        "config.yaml", "predictions/test.eval", "predictions/preview.txt", "checkpoints/best.ckpt",
        "tables/per_type.csv", "tables/by_sentence.csv", "figures/learning_curve.png",
    }  # fmt: skip
    # The score that was tracked is the score of the file that was kept.
    counts = score_gm_files(ROOT / "src/bner/corpora/sample/test", folder / "predictions/test.eval").total
    assert metrics["test/official_f1"] == pytest.approx(counts.f1, abs=1e-12)
    assert metrics["test/official_precision"] == pytest.approx(counts.precision, abs=1e-12)
    assert str(counts) in done.stdout
    assert OmegaConf.load(folder / "config.yaml").model.hidden_size == 8
    assert (folder / "figures/learning_curve.png").read_bytes().startswith(b"\x89PNG")
    # No random or frozen vectors in the checkpoint.
    checkpoint = torch.load(folder / "checkpoints/best.ckpt", weights_only=True)
    assert "network.vectors" not in checkpoint["state_dict"]
    assert not list((tmp_path / "checkpoints").iterdir())


def test_runs_are_listed(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    train(sample_config())
    listed = subprocess.run(
        [Path(sys.executable).with_name("bner"), "runs", "--mlruns", tmp_path / "mlruns"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert NAME in listed.stdout
    assert "FINISHED" in listed.stdout


def test_a_seed_gives_the_same_score(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    config = sample_config("trainer.max_epochs=3")
    assert train(config) == train(config)
    one, other = runs(tmp_path / "mlruns")
    assert one.data.metrics["test/f1"] == other.data.metrics["test/f1"]
    weights = [
        torch.load(artifacts(tmp_path / "mlruns", run) / "checkpoints/best.ckpt", weights_only=True)["state_dict"]
        for run in (one, other)
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_an_interrupted_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    words = (*FAST, "trainer.max_epochs=6", "trainer.patience=100")
    process = subprocess.Popen(
        command(tmp_path, *words),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What a shell starts in the background, as these tests may be, does not hear Ctrl-C, nor do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch 2:"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.communicate(timeout=120)[0]
    assert process.returncode == 130
    assert "Traceback" not in rest
    (run,) = runs(tmp_path)
    assert run.info.status == "KILLED"
    assert (tmp_path / "checkpoints" / run.info.run_id / "last.ckpt").is_file()

    resume = f"resume={run.info.run_id}"
    assert f"interrupted; python train.py {resume} resumes it from the last epoch's end" in rest
    refused = subprocess.run(
        command(tmp_path, resume, "seed=2"), env=environment(), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr.endswith("bner: a resumed run keeps its configuration: leave out seed=2.\n")
    subprocess.run(command(tmp_path, resume), env=environment(), capture_output=True, text=True, check=True)
    (run,) = runs(tmp_path)
    assert run.info.status == "FINISHED"

    undisturbed = tmp_path / "undisturbed"
    subprocess.run(command(undisturbed, *words), env=environment(), capture_output=True, check=True)
    (other,) = runs(undisturbed)
    for name in ("test/f1", "dev/best_f1", "train/loss"):
        assert run.data.metrics[name] == other.data.metrics[name]
    again = subprocess.run(command(tmp_path, resume), env=environment(), capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "is FINISHED: there is nothing to resume" in again.stderr


def test_the_sample_is_learnt(sample_config: Callable[..., DictConfig]) -> None:
    words = ("model.hidden_size=100", "model.feature_size=100", "trainer.max_epochs=10")
    assert train(sample_config(*words)) > 0.9


def test_a_run_on_jnlpbas_format(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    data = make_data(tmp_path / "data")
    train(sample_config("corpus=jnlpba", f"paths.data={data}", "char=none", "decoder=softmax"))
    (run,) = runs(tmp_path / "mlruns")
    file = artifacts(tmp_path / "mlruns", run) / "predictions/test.iob2"
    gold = data / "corpora/jnlpba/Genia4EReval2.iob2"
    assert [line.partition("\t")[0] for line in file.read_text().splitlines()] == [
        line.partition("\t")[0] for line in gold.read_text().splitlines()
    ]
    official = score_jnlpba_files(gold, file).table["all", "full"].total
    assert run.data.metrics["test/official_f1"] == official.f1


@pytest.mark.parametrize(
    ("file", "lines", "sentence"),
    [
        ("bc2gm/train/GENE.eval", ["S1|3 500|p53"], r"GENE.eval:1 ends at offset 500, beyond sentence S1"),
        ("bc2gm/train/GENE.eval", ["S99|3 5|p53"], r"GENE.eval:1 names sentence S99"),
        ("bc2gm/train/GENE.eval", ["S1 3 5 p53"], r"GENE.eval:1 is not 'identifier\|START END\|text'"),
        ("bc2gm/train/train.in", [], r"train.in is empty"),
        ("jnlpba/Genia4ERtask2.iob2", ["a O"], r"Genia4ERtask2.iob2:1 is not a token, a tab and a tag"),
        ("jnlpba/Genia4ERtask2.iob2", ["a\tO", "b\tI-DNA"], r"Genia4ERtask2.iob2:2 'I-DNA' follows 'O'"),
        ("jnlpba/Genia4ERtask2.iob2", [], r"Genia4ERtask2.iob2 is empty"),
    ],
)
def test_bad_corpora_leave_no_run_behind(
    tmp_path: Path, sample_config: Callable[..., DictConfig], file: str, lines: list[str], sentence: str
) -> None:
    data = make_data(tmp_path / "data")
    write(data / "corpora" / file, lines)
    corpus = "gm" if file.startswith("bc2gm") else "jnlpba"
    with pytest.raises(BnerError, match=sentence):
        train(sample_config(f"corpus={corpus}", f"paths.data={data}"))
    assert not runs(tmp_path / "mlruns")


def test_bad_vectors_leave_no_run_behind(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    data = make_data(tmp_path / "data")
    words = ("corpus=gm", f"paths.data={data}", "embedding=biomed300")
    file = data / "embeddings" / "biomed300.bin"
    whole = file.read_bytes()
    for content, override, sentence in (
        (whole[:-9], "seed=1", "ends or breaks at word 10 of the 10"),
        (whole, "embedding.dim=200", "has vectors of dimension 300 and 200 is expected"),
        (None, "seed=1", "embedding=biomed300 are missing"),
    ):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(BnerError, match=sentence):
            train(sample_config(*words, override))
    assert not runs(tmp_path / "mlruns")


def test_checkpoints_of_something_else(tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    data = make_data(tmp_path / "data")
    train(sample_config("corpus=jnlpba", f"paths.data={data}"))
    (run,) = runs(tmp_path / "mlruns")
    kept = artifacts(tmp_path / "mlruns", run) / "checkpoints/best.ckpt"
    with pytest.raises(BnerError, match=r"was trained with labels \['O', 'B-DNA'.* and this run has \['O', 'B-GENE'"):
        train(sample_config(f"checkpoint={kept}"))
    pickled = tmp_path / "evil.ckpt"
    torch.save({"state_dict": {}, "bner": Path("x")}, pickled)  # a class that weights-only loading refuses
    for path, sentence in (
        (pickled, "no checkpoint that can be read safely"),
        (write(tmp_path / "text.ckpt", ["hello"]), "no checkpoint that can be read safely"),
        (tmp_path / "none.ckpt", "none.ckpt is missing"),
    ):
        with pytest.raises(BnerError, match=sentence):
            train(sample_config(f"checkpoint={path}"))
    with pytest.raises(BnerError, match="names no run of the MLflow store"):
        train(sample_config("resume=0123"), ["resume=0123"])
    assert len(runs(tmp_path / "mlruns")) == 1
    # Its own kind is welcome: with a step of zero, what it has learnt is what comes out.
    train(sample_config("corpus=jnlpba", f"paths.data={data}", f"checkpoint={kept}", "optimizer.lr=0"))
    (again,) = (other for other in runs(tmp_path / "mlruns") if other.info.run_id != run.info.run_id)
    after = artifacts(tmp_path / "mlruns", again) / "checkpoints/best.ckpt"
    one, other = (torch.load(path, weights_only=True)["state_dict"] for path in (kept, after))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_failing_run_is_not_left_running(
    tmp_path: Path, sample_config: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("bner.experiments.run.score", broken)
    with pytest.raises(RuntimeError, match="broken"):
        train(sample_config())
    (run,) = runs(tmp_path / "mlruns")
    assert run.info.status == "FAILED"


def test_a_resumed_run_reads_the_data_that_it_was_begun_with(
    tmp_path: Path, sample_config: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data(tmp_path / "data")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bner.experiments.run.score", stopped)
        with pytest.raises(SystemExit):
            train(sample_config("corpus=gm", f"paths.data={data}", "embedding=biomed50"))
    (run,) = runs(tmp_path / "mlruns")
    assert run.info.status == "KILLED"

    moved = data.rename(tmp_path / "moved")
    words = [f"resume={run.info.run_id}", f"paths.data={moved}"]
    genes = moved / "corpora/bc2gm/test/GENE.eval"
    text = genes.read_text()
    genes.write_text(text.replace("S1|3 5|p53\n", ""))
    with pytest.raises(BnerError, match=r"was begun with corpus.sha256 \w+ and now it is \w+"):
        train(sample_config(*words), words)
    genes.write_text(text)
    train(sample_config(*words), words)
    (run,) = runs(tmp_path / "mlruns")
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("embedding=nosuch",), "embedding=nosuch does not exist"),
        (("nosuch=1",), "nosuch is no setting"),
        (("model.hiden_size=3",), "model.hiden_size is no setting: the nearest is model.hidden_size"),
        (("model.layers=two",), "model.layers: Value 'two' of type 'str' could not be converted to Integer"),
        (("trainer=gpu",), "trainer.accelerator=gpu wants 1 GPU"),
        (("corpus=gm", "paths.data=/nowhere"), "/nowhere/corpora/bc2gm/train of corpus gm is missing"),
    ],
)
def test_wrong_words_are_one_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(command(tmp_path, *words), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "mlflow.db").exists()


def test_help_needs_no_heavy_import() -> None:
    code = (
        "import sys; sys.argv = ['train.py', '--help']; import runpy; runpy.run_path('train.py', run_name='__main__')"
    )
    check = f"import atexit, sys; atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr)); {code}"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"
    assert "embedding: biomed300" in done.stdout
