"""Figures 3 and 4: a column for each token or occurrence, the similarities written beneath."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.analysis.features import CONTEXTS, TOKEN_COLUMNS, cosine_similarities, occurrences
from bner.errors import BnerError
from bner.report.feature_figures import figure3, figure4
from tests.analysis.test_features import made_table


def test_figure3_has_a_column_for_each_token_of_the_contexts(tmp_path: Path) -> None:
    table = made_table(("the", *CONTEXTS[0], "."), CONTEXTS[1])
    table.loc[(table["sentence"] == "2") & (table["position"] == 9), "predicted"] = "E-protein"
    figure = figure3(table)
    maps = [axes for axes in figure.axes if axes.images]
    assert [axes.images[0].get_array().shape for axes in maps] == [(5, 10), (5, 20)]
    ticks = [tick.get_text() for tick in maps[1].get_xticklabels()]
    assert ticks[8:10] == ["transcription", "factor  E-protein"]
    shown = maps[0].images[0].get_array()[:, 0]
    assert list(shown) == list(table.drop(columns=list(TOKEN_COLUMNS)).iloc[1])
    for ending in ("png", "pdf"):
        figure.savefig(tmp_path / f"figure3.{ending}")
        assert (tmp_path / f"figure3.{ending}").stat().st_size > 1000


def test_figure4_compares_the_occurrences_of_a_word() -> None:
    table = made_table(*CONTEXTS)
    axes = figure4(table).axes[0]
    assert axes.images[0].get_array().shape == (5, 3)
    similar = cosine_similarities(occurrences(table))["factor1"]["factor3"]
    assert axes.get_xlabel().splitlines()[1] == f"cos(factor1, factor3) = {similar:.2f}"
    assert len(axes.get_xlabel().splitlines()) == 3


def test_figure4_needs_a_word_that_comes_twice() -> None:
    with pytest.raises(BnerError, match="'impacted' occurs 1 times in these sentences: name a word that comes twice"):
        figure4(made_table(*CONTEXTS), "impacted")
