"""Runs of the baseline that differ in a setting differ in name, tags and description."""

from __future__ import annotations

import pytest

from bner.config.schema import BaselineSettings, read_baseline_settings
from bner.experiments.overrides import composed
from bner.tracking.baseline_names import baseline_command, baseline_run_name, baseline_tags
from tests.conftest import ROOT


def settings(*words: str) -> BaselineSettings:
    return read_baseline_settings(composed("baseline", ROOT / "conf", words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "gm-feature_crf-s1"),
        (("corpus=jnlpba", "seed=3"), "jnlpba-feature_crf-s3"),
        (("baseline.c2=0.5",), "gm-feature_crf-s1-c2=0.5"),
        (("baseline.clusters=100",), "gm-feature_crf-biomed300-s1-clusters=100"),
        (("baseline.clusters=100", "embedding=glove50"), "gm-feature_crf-glove50-s1-clusters=100"),
        (("paths.data=/data", "resume=new"), "gm-feature_crf-s1"),
    ],
)
def test_a_name_says_what_differs(words: tuple[str, ...], expected: str) -> None:
    assert baseline_run_name(settings(*words), words) == expected


def test_tags_have_the_axes_of_every_run() -> None:
    tags = baseline_tags(settings(), ())
    axes = {name.removeprefix("variant."): value for name, value in tags.items() if name.startswith("variant.")}
    assert axes == {
        "corpus": "gm", "model": "feature_crf", "embedding": "none", "vectors": "none", "char": "none",
        "decoder": "crf", "settings": "default", "name": "gm-feature_crf",
    }  # fmt: skip
    words = ("baseline.clusters=100", "tracking.table=table5")
    tags = baseline_tags(settings(*words), words)
    assert (tags["variant.embedding"], tags["variant.vectors"]) == ("biomed300", "clusters")
    assert (tags["variant.name"], tags["paper.table"]) == ("gm-feature_crf-biomed300-clusters=100", "table5")
    assert "word clusters: 100 of biomed300 vectors" in tags["mlflow.note.content"]


def test_the_command_repeats_the_run() -> None:
    words = ("baseline.clusters=100", "paths.data=/data", "baseline.c2=0.5", "seed=2")
    said = "bner baseline corpus=gm embedding=biomed300 seed=2 baseline.clusters=100 baseline.c2=0.5"
    assert baseline_command(settings(*words), words) == said
    assert f"`{said}`" in baseline_tags(settings(*words), words)["mlflow.note.content"]
    words = ("corpus.folder=/mine", "corpus.name=mine")
    assert baseline_command(settings(*words), words) == "bner baseline seed=1 corpus.folder=/mine corpus.name=mine"
