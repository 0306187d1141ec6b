"""The notebooks run from top to bottom on runs of the sample, and show what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from omegaconf import DictConfig

from bner.experiments.run import train
from tests.conftest import ROOT, configured

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """What a notebook's cells show, by MIME type, in a folder with runs of two variants, one of them of two seeds."""
    folder = tmp_path_factory.mktemp("notebooks")

    fixed = (
        "corpus=sample", "embedding=random50", "model.hidden_size=8", "model.feature_size=8", "trainer.max_epochs=2",
        "trainer.threads=1", "trainer.progress=false", "tracking.system_metrics=false", f"paths.mlruns={folder}/mlruns",
    )  # fmt: skip
    for words in (("seed=1",), ("seed=2",), ("decoder=softmax",)):
        config: DictConfig = configured(*fixed, *words)
        train(config)

    def run(name: str) -> list[dict[str, Any]]:
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            where = {"metadata": {"path": str(folder)}}
            NotebookClient(notebook, timeout=600, startup_timeout=600, resources=where).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        return [output.get("data", output) for output in outputs if output.get("name") != "stderr"]

    return run


def test_notebooks_are_stored_without_output() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_results", "02_errors", "03_features"]
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_results(executed: Callable[[str], list[dict[str, Any]]]) -> None:
    runs, means, compared, table4, paper = (shown["text/html"] for shown in executed("01_results"))
    assert runs.count("FINISHED") == 3
    assert "sample-blstm-random50-frozen-attention_hidden-softmax" in means
    assert "bootstrap" in compared
    assert "softmax" in table4
    assert "86.55" in paper


def test_errors(executed: Callable[[str], list[dict[str, Any]]]) -> None:
    table7, categories, _, summary, listed = executed("02_errors")
    assert "boundary" in table7["text/html"]
    assert "apposition" in categories["text/html"]
    assert "gold mentions that are missing" in summary["text/html"]
    assert "[" in listed["text"]


def test_features(executed: Callable[[str], list[dict[str, Any]]]) -> None:
    table, figure3, figure4, similar, own3, own4 = executed("03_features")
    assert "inability" in table["text/html"]
    assert all("image/png" in shown for shown in (figure3, figure4, own3, own4))
    assert "factor3" in similar["text/html"]
