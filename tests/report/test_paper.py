"""The paper's numbers: one for each quantity and corpus, and consistent with each other."""

from __future__ import annotations

import pytest

from bner.report.paper import BEST_F1, GAINS, SYSTEMS, VALUES, implied_f1, paper_value, paper_values, published_systems


def test_a_quantity_has_one_value_for_a_corpus() -> None:
    keys = [(value.quantity, value.corpus) for value in VALUES]
    assert len(set(keys)) == len(keys)
    assert len(paper_values()) == len(VALUES)


@pytest.mark.parametrize("corpus", ["gm", "jnlpba"])
def test_parts_sum_to_the_whole(corpus: str) -> None:
    training, test = paper_value("training sentences", corpus), paper_value("test sentences", corpus)
    assert training is not None
    assert test is not None
    assert training + test == paper_value("sentences", corpus)


def test_published_systems_lie_where_the_prose_says() -> None:
    f1 = {(system.name, system.corpus): system.f1 for system in SYSTEMS}
    best = {corpus: paper_value(BEST_F1, corpus) or 0 for corpus in ("gm", "jnlpba")}
    assert round(best["gm"] - f1["Li et al.", "gm"], 2) == paper_value("gain over Li et al. 2015", "gm")
    assert round(best["jnlpba"] - f1["NERBio", "jnlpba"], 2) == paper_value("gain over NERBio", "jnlpba")
    assert list(published_systems("jnlpba").name) == ["NERBio", "Infocomm", "Gimli"]


def test_a_change_of_the_best_model_lowers_f1() -> None:
    for change in GAINS:
        for corpus in ("gm", "jnlpba"):
            f1 = implied_f1(corpus, change)
            assert f1 is None or f1 < (implied_f1(corpus) or 0)
    assert implied_f1("jnlpba", "nochar") == 72.09


def test_an_unknown_quantity_is_no_silent_none() -> None:
    with pytest.raises(KeyError, match="F2"):
        paper_value("F2", "gm")
