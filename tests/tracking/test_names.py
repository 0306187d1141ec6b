"""Runs that differ in a setting differ in name and description."""

from __future__ import annotations

import itertools

import pytest

from bner.config.schema import Settings, read_settings
from bner.tracking.names import command, describe, differences, run_name, variant_name
from tests.conftest import configured

PLAIN = "gm-blstm-biomed300-frozen-attention_hidden-crf-s1"


def settings(*words: str) -> Settings:
    return read_settings(configured(*words))


def name(*words: str) -> str:
    return run_name(settings(*words), words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), PLAIN),
        (("seed=3", "char=none", "decoder=softmax"), "gm-blstm-biomed300-frozen-nochar-softmax-s3"),
        (("embedding.finetune=true",), "gm-blstm-biomed300-tuned-attention_hidden-crf-s1"),
        (("trainer.max_epochs=60",), f"{PLAIN}-max_epochs=60"),
        (("optimizer.lr=0.01", "batch_size=32"), f"{PLAIN}-batch_size=32-lr=0.01"),
        (("batch_size=32", "optimizer.lr=0.01"), f"{PLAIN}-batch_size=32-lr=0.01"),
        (("batch_size=32", "batch_size=64"), f"{PLAIN}-batch_size=64"),
        (("model.hidden_size=50",), f"{PLAIN}-model.hidden_size=50"),  # char.hidden_size ends alike
        (("trainer=gpu", "batch_size=256"), f"{PLAIN}-gpu-batch_size=256"),
        (("experiment=program", "seed=2"), "gm-blstm-biomed300-frozen-attention_hidden-crf-s2-program"),
        (("embedding.file=/vectors/my.vec.gz",), "gm-blstm-my-frozen-attention_hidden-crf-s1"),
        (("embedding.file=/vectors/my.bin", "embedding.name=ours"), "gm-blstm-ours-frozen-attention_hidden-crf-s1"),
        (("checkpoint=models/best.ckpt",), f"{PLAIN}-checkpoint=best.ckpt"),
        (("++model.window=1",), f"{PLAIN}-model.window=1"),
        *(((f"experiment={table}",), PLAIN) for table in ("table2", "table3", "table4", "fig2")),
    ],
)
def test_a_name_says_what_differs(words: tuple[str, ...], expected: str) -> None:
    assert name(*words) == expected


@pytest.mark.parametrize(
    "word",
    [
        "paths.data=/data", "paths.mlruns=/runs", "tracking.system_metrics=false", "tracking.uri=http://me:pw@host",
        "resume=auto", "trainer.progress=false", "trainer.threads=1", "hydra/launcher=slurm", "hydra.launcher.n_jobs=2",
        "corpus.folder=/corpora/gm", "trainer.threads=null",
    ],
)  # fmt: skip
def test_settings_that_change_no_result_are_left_out(word: str) -> None:
    assert run_name(settings(), [word]) == PLAIN
    assert differences(settings(), [word]) == []


def test_the_ignored_settings_are_the_configurations() -> None:
    words = ("trainer.patience=3", "trainer.threads=2", "batch_size=8")
    assert name(*words) == f"{PLAIN}-batch_size=8-patience=3"
    assert name(*words, "identity.ignored=[identity,trainer]") == f"{PLAIN}-batch_size=8"


def test_any_two_settings_give_two_names_and_descriptions() -> None:
    several = [(), ("trainer.max_epochs=5",), ("trainer.max_epochs=50",), ("optimizer.l2=0",), ("corpus.split_seed=2",)]
    for one, other in itertools.combinations(several, 2):
        assert name(*one) != name(*other)
        assert describe(settings(*one), one, "c") != describe(settings(*other), other, "c")


def test_a_variants_name_has_no_seed() -> None:
    words = ("seed=7", "batch_size=4")
    assert variant_name(settings(*words), words) == "gm-blstm-biomed300-frozen-attention_hidden-crf-batch_size=4"


def test_a_long_name_is_cut_and_stays_distinct() -> None:
    words = [f"model.some_long_component.option_{number}={number}" for number in range(9)]
    one, other = (run_name(settings(), [*words, f"model.zlast={last}"]) for last in (1, 2))
    assert len(one) == len(other) == 120
    assert one[:111] == other[:111]
    assert one != other


def test_a_description_lists_differences_and_the_command() -> None:
    words = ("optimizer.lr=0.01", "experiment=program", "paths.data=/data", "seed=2")
    text = describe(settings(*words), words, "abc")
    assert "Settings other than the default: `experiment=program`, `optimizer.lr=0.01`." in text
    assert "Repeat it with the code of commit abc" in text
    assert (
        "`python train.py corpus=gm embedding=biomed300 model=blstm char=attention_hidden decoder=crf "
        "embedding.finetune=false seed=2 optimizer.lr=0.01 experiment=program`" in text
    )
    assert "Settings other" not in describe(settings(), [], "abc")


def test_a_command_names_vectors_of_ones_own_and_their_group() -> None:
    words = ("embedding=biomed50", "embedding.file=/vectors/mine.bin")
    said = command(settings(*words), words)
    assert "embedding=biomed50" in said
    assert "embedding.file=/vectors/mine.bin" in said


def test_a_command_names_no_group_of_a_renamed_corpus() -> None:
    words = ("corpus.folder=/mine", "corpus.name=mine")
    said = command(settings(*words), words)
    assert "corpus=mine" not in said
    assert "corpus.folder=/mine corpus.name=mine" in said


def test_a_password_stays_out_of_the_command() -> None:
    assert "hunter2" not in command(settings(), ["checkpoint=http://me:hunter2@host/best.ckpt"])


def test_a_context_is_in_names_and_its_absence_is_not() -> None:
    words = ("context=lm", "context.folder=/models/lm512", "batch_size=32")
    assert name("context=none") == PLAIN
    assert name(*words) == f"{PLAIN}-lm512-batch_size=32"
    assert "context=lm context.folder=/models/lm512" in command(settings(*words), words)
    from_python = run_name(settings(*words), ())
    assert from_python == f"{PLAIN}-lm512"
