"""Which runs are the same: the settings that count, the files' contents, the code without its comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.config import identity
from bner.config.identity import code_version, settings_hash, variant_key
from bner.config.schema import read_settings
from tests.conftest import configured

HASHES = {"corpus.sha256": "1", "vectors.sha256": "2"}


def key(*words: str) -> str:
    return variant_key(read_settings(configured(*words)), HASHES)


@pytest.mark.parametrize(
    "word",
    ["paths.data=/elsewhere", "tracking.experiment=other", "trainer.threads=3", "trainer.progress=false", "resume=auto",
     "embedding.file=/some/biomed300.bin", "context=none", "corpus.folder=/moved", "trainer.profiler=simple"],
)  # fmt: skip
def test_ignored_settings_do_not_count(word: str) -> None:
    assert key(word) == key()


@pytest.mark.parametrize(
    "word",
    ["seed=2", "batch_size=8", "model.window=1", "model.hidden_size=99", "char=cnn", "optimizer=adam",
     "schedule=linear", "optimizer.clip_norm=1", "trainer.max_epochs=29", "trainer.devices=2", "corpus.split_seed=2",
     "corpus.drop_duplicates=true", "context=lm", "embedding.digits=zero", "embedding.name=mine"],
)  # fmt: skip
def test_other_settings_count(word: str) -> None:
    assert key(word) != key()


def test_the_list_is_in_the_configuration() -> None:
    assert key("seed=2", "identity.ignored=[seed,identity]") == key("identity.ignored=[seed,identity]")


def test_the_contents_of_files_count() -> None:
    settings = read_settings(configured())
    assert variant_key(settings, HASHES) != variant_key(settings, {**HASHES, "vectors.sha256": "3"})


def test_comments_and_docstrings_do_not_count_and_code_does(tmp_path: Path) -> None:
    texts = {
        "plain": "def f(x):\n    return x + 1\n",
        "commented": '"""A module."""\n\n# A comment.\ndef f(x):\n    """Add."""\n    return (x  # one\n     + 1)\n',
        "changed": "def f(x):\n    return x + 2\n",
        "string": "def f(x):\n    'f'\n    y = 'text'\n    return x + 1\n",
    }
    found = {}
    for name, text in texts.items():
        file = tmp_path / f"{name}.py"
        file.write_text(text)
        found[name] = identity._code(file)
    assert found["plain"] == found["commented"]
    assert len(set(found.values())) == 3


def test_everything_that_chooses_the_scored_weights_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(configured())
    version = code_version(settings)
    package = Path(identity.__file__).parents[1]
    original = identity._code
    for name in (
        "model/network.py", "model/kernels/crf.py", "data/sampler.py", "training/optimizers.py",
        "training/checkpoints.py",
        "training/lightning_module.py", "inference/predictor.py", "experiments/build.py", "experiments/fit.py",
        "scoring/metrics.py", "corpora/bies.py", "vectors/keys.py", "runtime/torch_setup.py",
        "context/states.py", "model/context.py",
    ):  # fmt: skip
        changed = package / name
        assert changed.is_file()
        monkeypatch.setattr(identity, "_code", lambda file, changed=changed: original(file) + "#" * (file == changed))
        assert code_version(settings) != version, name
    # What shows and tracks a run does not.
    tracked = package / "tracking"
    monkeypatch.setattr(identity, "_code", lambda file: original(file) + "#" * (tracked in file.parents))
    assert code_version(settings) == version


def test_a_component_of_ones_own_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "own_decoder.py"
    text = "import dataclasses\n\n@dataclasses.dataclass\nclass Own:\n    name: str\n    def build(self, n): {}\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    versions = []
    for result in ("n", "n + 1"):
        file.write_text(text.format(result))
        identity._code.cache_clear()
        versions.append(code_version(read_settings(configured("decoder=softmax", "decoder._target_=own_decoder.Own"))))
    assert versions[0] != versions[1]


def test_without_a_context_the_hash_of_settings_is_that_of_before_there_were_contexts() -> None:
    def hash_of(*words: str) -> str:
        return settings_hash(read_settings(configured(*words)))

    assert hash_of() == hash_of("identity.ignored=" + str([*configured().identity.ignored, "context"]).replace("'", ""))
    assert hash_of("context=lm") == hash_of("context=lm", "context.folder=/elsewhere")
    assert len({hash_of(), hash_of("context=lm"), hash_of("context=lm", "context.dropout=0.1")}) == 3
