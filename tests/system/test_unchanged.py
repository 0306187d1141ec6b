"""The paper's variants give the scores and weights that they gave before the network was rewritten, to the last bit.

Both versions train side by side on this machine, so that nothing depends on what kind of machine it is.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT

BEFORE = "4f0bb9e"  # the last commit with the network of before
NAMES = (  # of weights, before and now
    ("network.characters.", "network.encoder.words.characters."),
    ("network.vectors", "network.encoder.words.vectors"),
    ("network.recurrent.first.", "network.encoder.first."),
    ("network.hidden.", "network.encoder.features."),
)
VARIANTS = {  # Table 2's models and vectors, Table 3's tuned vectors, Table 4's decoder, Figure 2's characters
    "blstm": [],
    "rnn": ["model=rnn"],
    "hidden": ["char=attention_hidden"],
    "tuned": ["embedding.finetune=true"],
    "all": ["model=lstm", "char=none", "decoder=softmax", "embedding.finetune=true"],
    "online": ["batch_size=1", "optimizer.lr=0.01"],
}


def variants_of(fixed: list[str]) -> dict[str, list[str]]:
    """Each variant's words after the fixed ones, which it may override."""
    keys = {name: {word.partition("=")[0] for word in words} for name, words in VARIANTS.items()}
    return {
        name: [*(word for word in fixed if word.partition("=")[0] not in keys[name]), *words]
        for name, words in VARIANTS.items()
    }


def record(tree: Path, module: str, out: Path, variants: dict[str, list[str]], data: Path | None) -> None:
    out.mkdir()
    (out / "variants.json").write_text(json.dumps(variants))
    words = [str(ROOT / "tests/system/recorded_runs.py"), str(tree), module, str(out), str(out / "variants.json")]
    environment = {key: value for key, value in os.environ.items() if key not in ("MLFLOW_TRACKING_URI", "BNER_DATA")}
    environment |= {"PYTHONPATH": str(tree / "src")} | ({"BNER_DATA": str(data)} if data else {})
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the commit before."""
    packed = subprocess.run(["git", "archive", BEFORE, "src", "conf"], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"commit {BEFORE} is not in this checkout's history: clone it whole")
    tree = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tree, filter="data")
    return tree


def compare(before: Path, tmp_path: Path, variants: dict[str, list[str]], data: Path | None) -> None:
    record(before, "bner.training", tmp_path / "before", variants, data)
    record(ROOT, "bner.experiments.run", tmp_path / "now", variants, data)
    for name in variants:
        old, new = (torch.load(tmp_path / each / f"{name}.pt", weights_only=True) for each in ("before", "now"))
        assert new["scores"] == old["scores"], name
        assert old["scores"]["test/official_f1"] > 0 or name == "online", name
        weights = {}
        for key, value in old["weights"].items():
            for one, other in NAMES:
                key = key.replace(one, other)
            weights[key] = value
        assert weights.keys() == new["weights"].keys(), name
        for key, value in weights.items():
            assert torch.equal(value, new["weights"][key]), (name, key)


def test_on_the_sample(before: Path, tmp_path: Path) -> None:
    fixed = ["corpus=sample", "embedding=random50", "char=attention", "trainer.max_epochs=2"]
    variants = variants_of(fixed)
    variants["online"] += ["trainer.limit_train_batches=40"]
    compare(before, tmp_path, variants, None)
