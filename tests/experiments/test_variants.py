"""conf/: the variants compose and take a step; experiments are the paper's comparisons."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.types import RunMode

from bner.config.schema import flat, read_settings
from bner.experiments.build import build_data, build_module, read_data, read_vectors
from bner.experiments.data import RunData
from bner.inference.predictor import Predictor
from bner.vectors.source import WordVectors
from bner.vectors.table import WordTable
from tests.conftest import ROOT, configured


def values(axis: str) -> list[str]:
    return sorted(file.stem for file in (ROOT / "conf" / axis).glob("*.yaml"))


@functools.lru_cache(maxsize=4)
def small_run(words: Sequence[str]) -> RunData:
    return read_data(read_settings(configured(*words)))


BUILD = WordVectors.build


@functools.cache
def random(dim: int, keys: Sequence[str]) -> WordTable:
    return BUILD(WordVectors(dim, "random", None, ""), keys, 1)


def takes_a_step(data: RunData, *words: str) -> None:
    """Trains on a batch, scores dev and tags test sentences."""
    torch.set_num_threads(1)
    settings = read_settings(configured(*words))
    table = read_vectors(settings, data)
    batches = build_data(settings, data, table)
    module = build_module(settings, data, table, batches.vocabulary)
    module.log = module.log_dict = lambda *_, **__: None
    module.trainer = SimpleNamespace(estimated_stepping_batches=10)
    made = module.configure_optimizers()
    optimizer = made["optimizer"] if isinstance(made, dict) else made
    before = [module.network.output.weight.detach().clone(), module.network.encoder.words.vectors.detach().clone()]
    loss = module.training_step(next(iter(batches.train_dataloader())), 0)
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss), words
    assert not torch.equal(module.network.output.weight, before[0]), words
    moved = not torch.equal(module.network.encoder.words.vectors, before[1])
    assert moved == settings.embedding.finetune, words
    module.eval()
    (dev,) = batches.val_dataloader()
    module.validation_step(dev, 0)
    module.on_validation_epoch_end()
    test = [sentence.tokens for sentence in data.corpus.test[:4]]
    assert len(list(Predictor(module.network, batches.vocabulary).predict(test))) == 4


@pytest.mark.parametrize(("corpus", "embedding"), itertools.product(values("corpus"), values("embedding")))
def test_every_variant_of_the_paper_takes_a_step(
    corpus: str, embedding: str, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = (f"corpus={corpus}", f"embedding={embedding}", f"paths.data={small_data}", f"paths.cache={tmp_path}")
    data = small_run((*fixed, "batch_size=2"))
    settings = read_settings(configured(*fixed))
    if settings.embedding.path is None:  # random vectors are made one by one: once is enough
        monkeypatch.setattr(WordVectors, "build", lambda self, keys, _: random(self.dim, tuple(keys)))
    axes = itertools.product(values("model"), values("char"), ("true", "false"))
    for (model, char, finetune), decoder in zip(axes, itertools.cycle(("crf", "softmax", "crf"))):
        words = (f"model={model}", f"char={char}", f"decoder={decoder}", f"embedding.finetune={finetune}")
        takes_a_step(data, *fixed, "batch_size=2", *words)


OTHERS = [
    *([f"optimizer={name}", f"schedule={schedule}", f"embedding.finetune={tuned}"]
      for name in values("optimizer") for schedule in values("schedule") for tuned in ("true", "false")),
    *([f"model.window={window}", f"char={char}", "model.dropout=0.5", f"model.locked_dropout={locked}"]
      for window in (0, 1, 2) for char in ("none", "lstm") for locked in ("true", "false")),
    ["model.peepholes=true", "embedding.digits=zero", "optimizer.clip_norm=1"],
    ["model.feature_size=null", "model.layers=3"],
    ["experiment=program"],
    *([f"model.layers={layers}", f"model.links={links}", "model.dropout=0.3", "model.input_dropout_by=form"]
      for layers in (1, 2) for links in ("residual", "highway")),
    *([f"optimizer={name}", part, "embedding.min_count=2", "embedding.word_dropout=0.2"]
      for name in ("adagrad", "adam") for part in ("embedding.tuned_copy=true", "embedding.extra_dim=5")),
    ["decoder.constrained=true", "decoder.constrained_training=true"],
    ["debug=overfit"],
]  # fmt: skip


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_other_settings_take_a_step(words: list[str], small_data: Path, tmp_path: Path) -> None:
    fixed = ("corpus=sample", "embedding=biomed50", f"paths.data={small_data}", f"paths.cache={tmp_path}")
    takes_a_step(small_run((*fixed, *words)), *fixed, *words)


# The paper compares: Table 2 vectors and models, Table 3 tuned vectors, Table 4 the CRF, Figure 2 characters.
VECTORS = ("senna50", "google300", "biomed50", "biomed300", "random300")
COMPARISONS = {
    "table2": {"embedding": VECTORS, "model": ("lstm", "blstm")},
    "table3": {"embedding": VECTORS, "model": ("lstm", "blstm"), "embedding.finetune": ("false", "true")},
    "table4": {"decoder": ("crf", "softmax")},
    "fig2": {"model": ("lstm", "blstm"), "char": ("attention_hidden", "none")},
}


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_an_experiment_is_the_papers_comparison(name: str) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", [f"experiment={name}"], return_hydra_config=True)
    swept = {key: tuple(sorted(value.split(","))) for key, value in config.hydra.sweeper.params.items()}
    assert swept == {key: tuple(sorted(values)) for key, values in COMPARISONS[name].items()}
    assert config.hydra.mode == RunMode.MULTIRUN
    assert config.tracking.table == name
    # What is not varied is the paper's best model.
    settings = read_settings(configured(f"experiment={name}"))
    chosen = (settings.embedding.label, settings.model.name, settings.char.name, settings.decoder.name)
    assert chosen == ("biomed300", "blstm", "attention_hidden", "crf")
    assert settings.embedding.finetune is False


def test_an_ablation_changes_one_axis() -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", ["experiment=ablations"], return_hydra_config=True)
    names = config.hydra.sweeper.params.ablation.split(",")
    assert {path.stem for path in (ROOT / "conf" / "ablation").glob("*.yaml")} - {"attention_hidden"} == set(names)
    default = flat(read_settings(configured()))
    axes = ("model", "char", "decoder", "embedding")
    changes = []
    for name in names:
        other = flat(read_settings(configured(f"ablation={name}")))
        changed = {key.partition(".")[0] for key in default.keys() | other.keys() if default.get(key) != other.get(key)}
        assert len(changed) == (name != "none"), name
        changes += [*changed]
    assert set(changes) == set(axes)


def test_the_program_of_the_paper() -> None:
    settings = read_settings(configured("experiment=program"))
    assert settings.char.name == "attention_hidden"
    assert settings.model.peepholes
    assert settings.model.window == 2
    assert settings.embedding.digits == "zero"
    optimizer = settings.optimizer
    assert (settings.batch_size, optimizer.lr, optimizer.eps, optimizer.l2) == (1, 0.01, 1e-6, 1e-8)
    assert (settings.trainer.max_epochs, settings.trainer.patience) == (30, 30)
