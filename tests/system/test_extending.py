"""docs/extending.md: every variant and component of that page, as it is written there, trained by train.py."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, write
from tests.system.test_runs import artifacts, environment, runs

PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
FILES = re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL)
COMMANDS = re.findall(r"^    python train.py (.*)$", PAGE, flags=re.MULTILINE)
SMALL = ("embedding=random50", "trainer.max_epochs=1", "trainer.threads=1", "tracking.system_metrics=false")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the files of the page."""
    made = tmp_path_factory.mktemp("work")
    for name, text in FILES:
        write(made / name, text.splitlines())
    lines = ["The [p53] protein binds [IL-2 receptor] .", "No gene here .", "[Ras] and [c-fos] bind ."] * 5
    for part in ("train", "test"):
        write(made / "my_texts" / f"{part}.txt", lines)
    return made


def train(folder: Path, mlruns: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "train.py"), *words, f"paths.mlruns={mlruns}", *SMALL]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_the_page_has_its_files_and_commands() -> None:
    assert [name for name, _ in FILES] == [
        "my_conf/model/wide.yaml", "my_encoder.py", "my_conf/model/convolution.yaml", "my_optimizer.py",
        "my_conf/optimizer/rmsprop.yaml", "my_corpus.py", "my_conf/corpus/brackets.yaml",
    ]  # fmt: skip
    assert len(COMMANDS) == 4


@pytest.mark.parametrize("command", COMMANDS)
def test_a_component_of_ones_own(folder: Path, tmp_path: Path, command: str) -> None:
    words = command.split()
    if not any(word.startswith("corpus=") for word in words):
        words += ["corpus=sample", "trainer.limit_train_batches=3"]
    done = train(folder, tmp_path, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = runs(tmp_path)
    assert run.info.status == "FINISHED"
    name = next(word for word in words if "=" in word and "." not in word and word.split("=")[0] not in ("schedule",))
    axis, chosen = name.split("=")
    assert run.data.params[f"{axis}.name"] == chosen
    if axis == "corpus":
        predictions = (artifacts(tmp_path, run) / "predictions/test.iob2").read_text()
        assert predictions.startswith("The\t")
        assert run.data.metrics["test/official_f1"] == run.data.metrics["test/f1"]


def test_what_is_wrong_with_it_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    own = ("--config-dir", "my_conf", "corpus=sample", "model=convolution")
    for words, sentence in (
        (("model.kernl=3",), "model.kernl is no setting: the nearest is model.kernel"),
        (("model.kernel=big",), "model.kernel: Value 'big' of type 'str' could not be converted to Integer"),
        (("model.kernel=99",), "model.kernel is 99: use 1 to 15"),
        (("model._target_=my_encoder.Nosuch",), "my_encoder.Nosuch, which cannot be imported"),
    ):
        done = train(folder, tmp_path, *own, *words)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "mlflow.db").exists()


def test_changed_code_is_another_run(folder: Path, tmp_path: Path) -> None:
    own = (
        "--config-dir",
        "my_conf",
        "corpus=sample",
        "model=convolution",
        "trainer.limit_train_batches=3",
        "resume=auto",
    )
    file = folder / "my_encoder.py"
    before = file.read_text()
    said = [train(folder, tmp_path, *own).stdout for _ in range(2)]
    file.write_text(before.replace('"""A convolution over', '"""One convolution over'))
    said.append(train(folder, tmp_path, *own).stdout)
    file.write_text(before.replace("torch.relu", "torch.tanh"))
    said.append(train(folder, tmp_path, *own).stdout)
    file.write_text(before)
    assert ["nothing to do" in each for each in said] == [False, True, True, False]
