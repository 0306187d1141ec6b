"""Table 1 on the real corpora: what the paper's prose states comes out of the files, to the digit that it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.corpora.corpus import Corpus
from bner.corpora.shared_tasks import shared_task_corpora
from bner.corpora.split import Split
from bner.report.corpus_statistics import beside_paper, table1, types_of

Corpora = dict[str, tuple[Corpus, Split]]


@pytest.fixture(scope="module")
def corpora(data_folder: Path) -> Corpora:
    built = {name: (config, config.build()) for name, config in shared_task_corpora(data_folder).items()}
    return {name: (corpus, config.split(corpus)) for name, (config, corpus) in built.items()}


def test_the_paper_counts_what_we_count(corpora: Corpora) -> None:
    table = beside_paper(corpora).set_index(["corpus", "quantity"])
    assert len(table) == 12
    for (_, quantity), row in table.iterrows():
        if quantity != "mean mention length":
            assert round(row.computed, 1) == row.paper, quantity
    assert table.computed["jnlpba", "mean mention length"] == pytest.approx(2.2387, abs=1e-4)  # "two words"


def test_only_the_test_part_has_the_shares_of_the_paper(corpora: Corpora) -> None:
    table, types = table1(corpora), types_of(corpora)
    for part, one, long, protein in (
        ("training", 0.4219, 0.1303, 0.5900),
        ("test", 0.4001, 0.1542, 0.5850),
        ("all", 0.4188, 0.1337, 0.5893),
    ):
        row = table.loc[("jnlpba", part)]
        assert (round(row.one_token, 4), round(row.over_three_tokens, 4)) == (one, long)
        assert round(types.share["jnlpba", part, "protein"], 4) == protein


def test_table1(corpora: Corpora) -> None:
    table = table1(corpora)
    parts = ["training", "train", "dev", "test", "all"]
    assert list(table.index) == [(corpus, part) for corpus in ("gm", "jnlpba") for part in parts]
    assert list(table.mentions["gm"]) == [18_265, 16_403, 1_862, 6_331, 24_596]
    assert list(table.mentions["jnlpba"]) == [51_301, 46_221, 5_080, 8_662, 59_963]
    assert list(table.sentences["jnlpba"]) == [18_546, 16_691, 1_855, 3_856, 22_402]
    assert round(table.one_token["gm", "test"], 4) == 0.4478
    assert (table.types["gm"] == 1).all()
