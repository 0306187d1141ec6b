"""What Hydra refuses is one sentence with the nearest right word."""

from __future__ import annotations

import pytest
from hydra.errors import HydraException

from bner.experiments.overrides import explain
from tests.conftest import ROOT, configured


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("model.hiden_size=3", "model.hiden_size is no setting: the nearest is model.hidden_size."),
        ("embeding=biomed50", "embeding is no setting: the nearest is embedding."),
        ("optimizer.learning_rate=1", "optimizer.learning_rate is no setting"),
        (
            "embedding=biomed30",
            "embedding=biomed30 does not exist: the nearest is embedding=biomed300 (biomed300, biomed50,",
        ),
        (
            "optimizer=adagrd",
            "optimizer=adagrd does not exist: the nearest is optimizer=adagrad (adagrad, adam, adamw, sgd).",
        ),
        ("hydra/launcher=slrm", "hydra/launcher=slrm does not exist: the nearest is hydra/launcher=slurm"),
    ],
)
def test_the_nearest_right_word_is_named(override: str, sentence: str) -> None:
    with pytest.raises(HydraException) as error:
        configured(override)
    said = explain(error.value, ROOT / "conf")
    assert said.startswith(sentence)
    assert "\n" not in said
    assert "search path" not in said


def test_other_errors_stay_hydras() -> None:
    with pytest.raises(HydraException) as error:
        configured("a=b=[c")
    assert "\n" not in explain(error.value, ROOT / "conf")
