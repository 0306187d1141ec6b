"""`bner embed` as a user starts it: what it writes and tracks, how it resumes, what it refuses."""

from __future__ import annotations

import dataclasses
import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from omegaconf import DictConfig

from bner.corpora.known_sentences import letters
from bner.corpora.shared_tasks import shared_task_corpora
from bner.errors import BnerError
from bner.experiments.run import train
from bner.literature import extraction
from bner.pretraining import embed as embedding
from bner.pretraining import text as text_of
from bner.pretraining.embed import embed
from bner.pretraining.runs import TrackingOptions
from bner.pretraining.text import TextOptions, read_corpora
from bner.pretraining.word2vec import Progress, TrainingOptions, VectorTraining
from tests.conftest import configured, make_data
from tests.system.test_runs import artifacts, environment, runs

OPTIONS = TrainingOptions(
    method="cbow", dim=8, window=3, negative=5, sample=1e-3, min_count=2, epochs=3, alpha=0.05, seed=1, workers=1
)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    for number in range(6):
        body = "".join(f"<p>The p53 protein of gene-{n % 5} binds IL-2. It is in T cells.</p>" for n in range(80))
        (folder / f"{number}.xml").write_text(f"<article><body>{body}</body></article>")
    (folder / "7.xml").write_text("<article><body><p>Broken off")
    (folder / "8.txt.gz").write_bytes(gzip.compress(b"A kinase was found.\nIt was a kinase.\n"))
    return folder


def choose(text: Path, data: Path, *corpora: str) -> TextOptions:
    return TextOptions((text,), ("gm", "genia"), corpora, 1, data)


def store(tmp_path: Path) -> TrackingOptions:
    return TrackingOptions(f"sqlite:///{tmp_path}/mlruns/mlflow.db", "vectors", system_metrics=False)


def test_from_the_command_line(text: Path, tmp_path: Path, sample_config: Callable[..., DictConfig]) -> None:
    make_data(tmp_path / "data")
    command = [
        str(Path(sys.executable).parent / "bner"), "embed", str(text), "--out", "v.bin", "--dim", "8",
        "--epochs", "2", "--min-count", "2", "--workers", "2", "--corpus", "gm", "--corpus-repeats", "2",
        "--data", "data",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    assert {path.name for path in tmp_path.iterdir()} == {"text", "data", "v.bin", "mlruns"}
    vectors = KeyedVectors.load_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    assert np.isfinite(vectors.vectors).all()
    # both views of the text, its numbers as one word, and a word that only the corpus has often enough
    assert {"il-2", "il", "gene-0", "NUM", "kinase"} <= set(vectors.key_to_index)

    (run,) = runs(tmp_path / "mlruns")
    assert (run.info.status, run.info.run_name) == ("FINISHED", "v")
    metrics, params = run.data.metrics, run.data.params
    assert metrics["vocabulary"] == len(vectors)
    assert metrics["text/skipped"] == 1
    assert metrics["text/articles"] == 8  # six articles, a plain text, the corpus
    assert metrics["train/words_per_second"] > 0
    assert 0 < metrics["coverage/gm_types"] < metrics["coverage/gm_tokens"] < 1
    assert {"coverage/jnlpba_tokens", "extract/seconds"} <= metrics.keys()
    assert params["views"] == "gm genia"
    assert params["method"] == "cbow"
    folder = artifacts(tmp_path / "mlruns", run)
    neighbours = pd.read_csv(folder / "tables/neighbours.csv")
    assert {"p53", "kinase", "il-2"} == set(neighbours.word)
    assert neighbours.cosine.between(-1.01, 1.01).all()
    assert "7.xml: Premature end" in (folder / "tables/left_out.txt").read_text()
    assert "7.xml" in done.stdout
    assert "to train on them: python train.py embedding.file=v.bin embedding.dim=8" in done.stdout

    # What was written is what train.py reads.
    config = sample_config("embedding=biomed50", "embedding.dim=8", f"embedding.file={tmp_path}/v.bin")
    assert 0 <= train(config) <= 1


def test_an_interrupted_command_is_resumed(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "SHARD_WORDS", 1000)
    monkeypatch.setattr(extraction, "_BATCH_BYTES", 1000)
    chosen, data = choose(text, tmp_path / "none"), tmp_path / "mlruns"
    embed(chosen, OPTIONS, tmp_path / "whole.bin", None, store(tmp_path))

    train_it = VectorTraining.train

    def interrupted(self: VectorTraining, after: Callable[[Progress], None]) -> None:
        def stop(progress: Progress) -> None:
            after(progress)
            if progress.step == self.steps // 2:
                raise KeyboardInterrupt

        train_it(self, stop)

    monkeypatch.setattr(embedding, "_CHECKPOINT_EVERY", 0.0)
    monkeypatch.setattr(VectorTraining, "train", interrupted)
    with pytest.raises(SystemExit, match="130"):
        embed(chosen, OPTIONS, tmp_path / "v.bin", None, store(tmp_path))
    assert {run.info.run_name: run.info.status for run in runs(data)} == {"whole": "FINISHED", "v": "KILLED"}
    assert not (tmp_path / "v.bin").exists()

    with pytest.raises(BnerError, match=r"training-\w+\.run names a run that cannot be resumed: remove it"):
        embed(chosen, OPTIONS, tmp_path / "v.bin", None, store(tmp_path / "elsewhere"))

    monkeypatch.setattr(VectorTraining, "train", train_it)
    monkeypatch.setattr(text_of, "extract", lambda documents, *rest: extraction.extract(iter(()), *rest))
    embed(chosen, OPTIONS, tmp_path / "v.bin", None, store(tmp_path))  # reads no text again
    assert (tmp_path / "v.bin").read_bytes() == (tmp_path / "whole.bin").read_bytes()
    assert {run.info.run_name: run.info.status for run in runs(data)} == {"whole": "FINISHED", "v": "FINISHED"}
    assert not list(tmp_path.glob("*.work"))


def test_a_work_folder_serves_other_options_but_no_other_text(text: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    data = make_data(tmp_path / "data")
    embed(choose(text, data), OPTIONS, tmp_path / "8.bin", work, store(tmp_path))
    shard = (work / "literature/shard-00000.txt").stat()
    embed(choose(text, data), dataclasses.replace(OPTIONS, dim=4), tmp_path / "4.bin", work, store(tmp_path))
    assert (work / "literature/shard-00000.txt").stat().st_mtime_ns == shard.st_mtime_ns
    assert KeyedVectors.load_word2vec_format(str(tmp_path / "4.bin"), binary=True).vector_size == 4
    (text / "9.txt").write_text("More text.\n")
    with pytest.raises(BnerError, match="is of another text or other views"):
        embed(choose(text, data), OPTIONS, tmp_path / "8.bin", work, store(tmp_path))
    with pytest.raises(BnerError, match="is not a work folder"):
        embed(choose(text, data), OPTIONS, tmp_path / "8.bin", text, store(tmp_path))


def test_test_sentences_are_not_trained_on(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = make_data(tmp_path / "data")  # GM's test part is its training part there
    chosen = choose(text, data, "gm")
    (text / "leak.txt").write_text("It is known. the P53 protein: binds (IL-2) receptor-alpha! So it is.\n")
    corpora = read_corpora(chosen)
    long = [str(sentence.text) for sentence in corpora["gm"].train if len(letters(str(sentence.text))) >= 25]
    assert long
    embed(chosen, OPTIONS, tmp_path / "v.bin", tmp_path / "work", store(tmp_path))
    kept = "\n".join(path.read_text() for path in sorted((tmp_path / "work").rglob("shard-*.txt")))
    assert not {letters(line.replace("NUM", "12")) for line in kept.splitlines()} & set(map(letters, long))
    assert "it is known" in kept
    assert f"dropped {len(long) + 1} sentences that are in the test part of gm or jnlpba" in capsys.readouterr().out
    (run,) = runs(tmp_path / "mlruns")
    assert run.data.metrics["text/dropped"] == len(long) + 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"paths": (Path("nosuch"),)}, "nosuch does not exist"),
        ({"views": ("words",)}, "there is no view 'words'"),
        ({"corpora": ("bc5",)}, "there is no corpus 'bc5'"),
        ({"corpora": ("gm",)}, "corpus gm is missing"),
    ],
)
def test_wrong_text_leaves_nothing_behind(
    text: Path, tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    chosen = dataclasses.replace(choose(text, tmp_path / "none"), **changes)  # type: ignore[arg-type]
    with pytest.raises(BnerError, match=sentence):
        embed(chosen, OPTIONS, tmp_path / "v.bin", None, store(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"text"}


def test_corpora_are_those_of_the_configuration() -> None:
    for name, config in shared_task_corpora(Path("data")).items():
        chosen = configured(f"corpus={name}", "paths.data=data").corpus
        assert all(chosen[key] == getattr(config, key) for key in ("name", "folder", "train", "test"))
