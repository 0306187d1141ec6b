"""conf/: every combination of the axes composes and takes one step; wrong values are named."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.types import RunMode

from bner.config.schema import flat, read_settings
from bner.data.vocabulary import build_vocabulary
from bner.errors import BnerError
from bner.experiments import build as fitting
from bner.inference.predictor import tag
from bner.tracking.names import run_name
from bner.training.data_module import TaggingData
from tests.conftest import ROOT, configured

AXES = {
    axis: sorted(file.stem for file in (ROOT / "conf" / axis).glob("*.yaml"))
    for axis in ("corpus", "embedding", "model", "char", "decoder")
}
read_corpus = functools.lru_cache(fitting.read_corpus)
word_table = functools.lru_cache(fitting.word_table)


@pytest.mark.parametrize(("corpus", "embedding"), itertools.product(AXES["corpus"], AXES["embedding"]))
def test_every_combination_takes_a_step(
    corpus: str, embedding: str, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(fitting, "read_corpus", read_corpus)
    monkeypatch.setattr(fitting, "word_table", lambda source, keys, seed: word_table(source, tuple(keys), seed))
    for model, char, decoder, finetune in itertools.product(
        AXES["model"], AXES["char"], AXES["decoder"], ("true", "false")
    ):
        words = (f"model={model}", f"char={char}", f"decoder={decoder}", f"embedding.finetune={finetune}")
        composed = configured(f"corpus={corpus}", f"embedding={embedding}", f"paths.data={small_data}", *words)
        settings = read_settings(composed)
        read, split = fitting.corpus_and_split(settings)
        table = fitting.vectors_for(settings, read, split)
        vocabulary = build_vocabulary(split.train, table, read.types)
        data = TaggingData(split, vocabulary, 2, settings.seed, tmp_path)
        module = fitting.build_model(settings, table, vocabulary, "small")
        module.log = module.log_dict = lambda *_, **__: None
        optimizer = module.configure_optimizers()
        before = module.network.output.weight.detach().clone()
        loss = module.training_step(next(iter(data.train_dataloader())), 0)
        loss.backward()
        optimizer.step()
        assert torch.isfinite(loss), words
        assert not torch.equal(module.network.output.weight, before), words
        vectors_moved = getattr(module.network.vectors, "grad", None) is not None
        assert vectors_moved == (finetune == "true"), words
        module.validation_step(next(iter(data.val_dataloader())), 0)
        module.on_validation_epoch_end()
        assert len(list(tag(module.network, vocabulary, [sentence.tokens for sentence in read.test[:4]]))) == 4


# What the paper compares: Table 2 vectors and models, Table 3 tuned vectors, Table 4 the CRF, Figure 2 characters.
VECTORS = ("senna50", "google300", "biomed50", "biomed300", "random300")
COMPARISONS = {
    "table2": {"embedding": VECTORS, "model": ("lstm", "blstm")},
    "table3": {"embedding": VECTORS, "model": ("lstm", "blstm"), "embedding.finetune": ("false", "true")},
    "table4": {"decoder": ("crf", "softmax")},
    "fig2": {"model": ("lstm", "blstm"), "char": ("attention", "none")},
}


@pytest.mark.parametrize("name", sorted(file.stem for file in (ROOT / "conf/experiment").glob("*.yaml")))
def test_an_experiment_is_the_papers_comparison(name: str) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", [f"experiment={name}"], return_hydra_config=True)
    swept = {key: tuple(sorted(value.split(","))) for key, value in config.hydra.sweeper.params.items()}
    assert swept == {key: tuple(sorted(values)) for key, values in COMPARISONS[name].items()}
    assert config.hydra.mode == RunMode.MULTIRUN
    assert config.tracking.table == name
    # What is not varied is the paper's best model.
    chosen = (config.embedding.name, config.model.name, config.char.name, config.decoder.name)
    assert chosen == ("biomed300", "blstm", "attention", "crf")
    assert config.embedding.finetune is False


def test_the_default_is_the_papers_best_model() -> None:
    settings = read_settings(configured())
    assert run_name(settings) == "gm-blstm-biomed300-frozen-attention-crf-s1"
    assert settings.optimizer.l2 == 1e-8


def test_params_are_flat() -> None:
    params = flat(read_settings(configured("seed=7")))
    assert params["seed"] == 7
    assert params["model.cell"] == "lstm"
    assert not any(isinstance(value, dict) for value in params.values())


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("seed=x", "seed: Value 'x'"),
        ("seed=-1", "seed is -1: use 0 or more"),
        ("batch_size=0", "batch_size is 0: use at least 1"),
        ("model.cell=gru", "model.cell is 'gru': use lstm or rnn"),
        ("corpus.dev_split=page", "corpus.dev_split is 'page': use sentence or abstract"),
        ("+model.nosuch=1", "nosuch"),
    ],
)
def test_values_that_cannot_be(override: str, sentence: str) -> None:
    with pytest.raises(BnerError, match=sentence):
        read_settings(configured(override))


def test_several_processes_do_not_tune_vectors() -> None:
    with pytest.raises(BnerError, match="use one process, or frozen vectors"):
        read_settings(configured("trainer=ddp", "embedding.finetune=true"))
