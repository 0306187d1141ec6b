"""The tables of errors on a case that is counted by hand, and without any error."""

from __future__ import annotations

import pandas as pd
import pytest

from bner.analysis.error_tables import error_tables, length_shares
from bner.analysis.errors import SentenceSpans, find_errors
from bner.corpora.sentence import Mention

SENTENCES = (
    # found; of another type; missing, twice
    SentenceSpans(
        "1",
        tuple("abcdefgh"),
        (Mention(0, 1, "DNA"), Mention(1, 3, "DNA"), Mention(4, 5, "protein"), Mention(5, 8, "RNA")),
        (Mention(0, 1, "DNA"), Mention(1, 3, "protein")),
    ),
    # too long on the left, where the official score accepts both; spurious, with four tokens
    SentenceSpans(
        "2",
        tuple("abcdefgh"),
        (Mention(1, 3, "DNA"),),
        (Mention(0, 3, "RNA"), Mention(4, 8, "RNA")),
        accepted_gold=frozenset({0}),
        accepted_predicted=frozenset({0}),
    ),
)
TYPES = ("DNA", "RNA", "protein")


def test_counts_and_shares() -> None:
    tables = error_tables(SENTENCES, find_errors(SENTENCES), TYPES)
    assert tables.table7.reset_index().values.tolist() == [
        ["boundary", 2, pytest.approx(2 / 3), 3, 0.75],
        ["type", 1, pytest.approx(1 / 3), 1, 0.25],
        ["all", 3, 1.0, 4, 1.0],
    ]
    rows = tables.categories.set_index("category")
    assert {name: (row["fp"], row["fn"]) for name, row in rows.iterrows() if row["fp"] or row["fn"]} == {
        "classification": (1, 1), "missing": (0, 2), "spurious": (1, 0), "left": (1, 1)
    }  # fmt: skip
    assert rows.loc["left", ["fp_accepted", "fn_accepted", "fp_other_type", "fn_other_type"]].tolist() == [1, 1, 1, 1]
    assert rows["fp_accepted"].sum() == rows["fn_accepted"].sum() == 1
    assert rows.loc["missing", "fn_share"] == 0.5
    assert tables.confusion_matrix.loc["DNA", "protein"] == 1
    assert tables.confusions["errors"].sum() == 1
    assert len(tables.confusions) == 6
    for measure, share in (
        ("gold mentions that are missing", 2 / 5),
        ("predicted mentions that are spurious", 1 / 4),
        ("missing mentions one token long", 1 / 2),
        ("missing mentions of type protein", 1 / 2),
        ("spurious mentions longer than 3 tokens", 1.0),
        ("gold mentions one token long", 2 / 5),
        ("gold mentions of type DNA", 3 / 5),
        ("left boundary too long, FN", 1.0),
    ):
        assert tables.share(measure) == pytest.approx(share), measure
    with pytest.raises(KeyError):
        tables.share("no such measure")


def test_without_errors_shares_are_of_nothing() -> None:
    tables = error_tables([], (), ("GENE",))
    assert tables.table7.loc["all", "fp"] == 0
    assert tables.table7["fn_share"].isna().all()
    assert pd.isna(tables.share("gold mentions that are missing"))
    assert tables.confusion_matrix.empty


def test_lengths() -> None:
    mentions = [Mention(0, 1, "DNA"), Mention(0, 2, "DNA"), Mention(0, 3, "DNA"), Mention(0, 4, "DNA")]
    assert length_shares(mentions) == (0.25, 0.25)
