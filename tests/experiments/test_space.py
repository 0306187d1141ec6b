"""The space of a search: distributions of overrides, overrides of a point, and what is no space."""

from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from bner.errors import BnerError
from bner.experiments.space import Space, read_space

IGNORED = ("paths", "trainer.threads")


def space(*words: str, **params: str) -> Space:
    return read_space({key.replace("__", "."): value for key, value in params.items()}, words, IGNORED)


def test_overrides_are_distributions() -> None:
    read = space(
        "char=cnn,lstm", "model.hidden_size=range(100,301,50)", "model.dropout=interval(0.2,0.6)", "decoder=crf",
        "optimizer.lr=tag(log,interval(1e-4,1e-2))", "model.layers=int(interval(1,3))", "optimizer.clip_norm=null,1,5",
        "batch_size=tag(int,log,interval(8,64))", "+model.extra=choice(true,false)", "optimizer.l2=range(0.0,0.3,0.1)",
    )  # fmt: skip
    assert read.distributions == {
        "char": CategoricalDistribution(["cnn", "lstm"]),
        "model.hidden_size": IntDistribution(100, 300, step=50),
        "model.dropout": FloatDistribution(0.2, 0.6),
        "optimizer.lr": FloatDistribution(1e-4, 1e-2, log=True),
        "model.layers": IntDistribution(1, 3),
        "optimizer.clip_norm": CategoricalDistribution(["null", "1", "5"]),
        "batch_size": IntDistribution(8, 64, log=True),
        "+model.extra": CategoricalDistribution(["True", "False"]),
        "optimizer.l2": CategoricalDistribution(["0.0", "0.1", "0.2"]),
    }
    assert read.fixed == ("decoder=crf",)


def test_a_point_of_the_space_is_overrides() -> None:
    read = space("char=cnn,lstm", "model.dropout=interval(0.2,0.6)", "optimizer.lr=tag(log,interval(1e-4,1e-2))")
    assert read.words({"char": "lstm", "model.dropout": 0.2345678, "optimizer.lr": 0.000123456}) == [
        "char=lstm", "model.dropout=0.2346", "optimizer.lr=0.0001235",
    ]  # fmt: skip
    assert read.corner() == ["char=cnn", "model.dropout=0.2", "optimizer.lr=0.0001"]
    narrow = space("model.dropout=interval(0.123456,0.123459)")
    assert narrow.corner() == ["model.dropout=0.123456"]  # rounding does not leave the interval


def test_the_command_line_replaces_an_experiments_entries() -> None:
    read = space(
        "model.layers=2", "corpus=sample", model__layers="1,2", model__dropout="interval(0.1,0.5)", corpus="gm"
    )
    assert list(read.distributions) == ["model.dropout"]
    assert set(read.fixed) == {"model.layers=2", "corpus=sample"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "the search has no space"),
        (("model.layers=2",), "the search has no space"),
        (("model.dropout=0.1", "model.dropout=interval(0.2,0.6)"), "model.dropout is given twice in a search"),
        (("model.dropout=interval(0.2,0.6),0.1",), "model.dropout is given values and an interval"),
        (("model.dropout=interval(0.6,0.2)",), "interval 0.6 to 0.2: give its lower end first"),
        (("optimizer.lr=tag(log,interval(0,1))",), "with the tag log: begin it above 0"),
        (("optimizer.lr=tag(linear,interval(0,1))",), "has the tag linear"),
        (("model.layers=choice(1)",), "model.layers has 1 value to choose from"),
        (("seed=1,2,3",), "seed is no setting to search, since the best seed says nothing"),
        (("corpus=gm,jnlpba",), "corpus is no setting to search"),
        (("corpus.split_seed=1,2",), "corpus.split_seed is no setting to search"),
        (("trainer.threads=1,2",), "trainer.threads is no setting to search, since it changes no score"),
    ],
)
def test_what_is_no_space_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BnerError, match=r".*: .*\.$") as caught:
        space(*words)
    assert sentence in str(caught.value)
