"""The feature CRF: what it learns, what it predicts, how training is reported and stopped, and bad files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.baseline.clusters import WordClusters
from bner.baseline.crf import FeatureCRF, FeatureCRFConfig
from bner.corpora.bies import LabelSet
from bner.corpora.sentence import Mention, Sentence
from bner.errors import BnerError, SettingError

LABELS = LabelSet(("DNA", "protein"))
SENTENCES = (
    Sentence("1", ("The", "p53", "protein", "binds", "."), (Mention(1, 3, "protein"),)),
    Sentence("2", ("The", "IL-2", "gene", "is", "long", "."), (Mention(1, 3, "DNA"),)),
    Sentence("3", ("Nothing", "binds", "here", "."), ()),
    Sentence("4", ("insulin", "and", "p53", "protein", "bind"), (Mention(0, 1, "protein"), Mention(2, 4, "protein"))),
    Sentence("5", (), ()),
)


def config(**changes: float) -> FeatureCRFConfig:
    values = {"c1": 0.0, "c2": 0.01, "max_iterations": 50, "min_freq": 1, "window": 2, "clusters": 0} | changes
    return FeatureCRFConfig("feature_crf", **values)  # type: ignore[arg-type]


def crf(labels: LabelSet = LABELS, **changes: float) -> FeatureCRF:
    return config(**changes).build(labels, WordClusters())


def ignore(iteration: int, objective: float) -> None:
    pass


def test_it_learns_and_finds_words_it_has_not_seen_by_their_neighbours(tmp_path: Path) -> None:
    model = crf()
    model.train(SENTENCES, tmp_path / "model", ignore)
    assert list(model.predict(each.tokens for each in SENTENCES)) == [each.mentions for each in SENTENCES]
    assert list(model.predict([("The", "p21", "protein", "binds", ".")])) == [(Mention(1, 3, "protein"),)]


def test_a_loaded_model_predicts_the_same(tmp_path: Path) -> None:
    trained, loaded = crf(), crf()
    trained.train(SENTENCES, tmp_path / "model", ignore)
    loaded.load(tmp_path / "model")
    tokens = [("p53", "gene"), ("IL-2", "protein", "binds", "insulin"), ()]
    assert list(loaded.predict(tokens)) == list(trained.predict(tokens))


def test_training_is_deterministic_and_reports_an_objective_that_falls(tmp_path: Path) -> None:
    seen: list[tuple[int, float]] = []
    iterations = crf().train(SENTENCES, tmp_path / "one", lambda *each: seen.append(each))
    assert [number for number, _ in seen] == list(range(1, iterations + 1))
    assert seen[-1][1] < seen[0][1]
    crf().train(SENTENCES, tmp_path / "two", ignore)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_settings_reach_the_optimizer(tmp_path: Path) -> None:
    assert crf(max_iterations=3).train(SENTENCES, tmp_path / "few", ignore) == 3
    sizes = {}
    for name, changes in (("plain", {}), ("sparse", {"c1": 0.5}), ("frequent", {"min_freq": 3})):
        crf(**changes).train(SENTENCES, tmp_path / name, ignore)
        sizes[name] = (tmp_path / name).stat().st_size
    assert sizes["sparse"] < sizes["plain"]
    assert sizes["frequent"] < sizes["plain"]


def test_an_interrupt_ends_training(tmp_path: Path) -> None:
    def interrupt(iteration: int, objective: float) -> None:
        if iteration == 2:
            raise KeyboardInterrupt

    model = crf()
    with pytest.raises(KeyboardInterrupt):
        model.train(SENTENCES, tmp_path / "model", interrupt)
    with pytest.raises(RuntimeError, match="no weights"):
        next(model.predict([("p53",)]))


def test_illegal_labels_are_decoded_by_the_rule_of_bies(tmp_path: Path) -> None:
    model = crf(LabelSet(("DNA",)), window=0, c2=1e-4)
    model.train([Sentence("1", ("b", "i", "e", "o"), (Mention(0, 3, "DNA"),))], tmp_path / "model", ignore)
    # Each word has one label, whatever stands beside it: E alone is O, and the sentence's end ends what B begins.
    found = list(model.predict([("b", "i", "e"), ("e",), ("b",)]))
    assert found == [(Mention(0, 3, "DNA"),), (), (Mention(0, 1, "DNA"),)]


@pytest.mark.parametrize(
    ("key", "value"),
    [("c1", -1.0), ("c2", -0.1), ("max_iterations", 0), ("min_freq", 0), ("window", -1), ("clusters", -5)],
)
def test_settings_that_cannot_be(key: str, value: float) -> None:
    with pytest.raises(SettingError, match="use at least") as error:
        config(**{key: value})
    assert error.value.key == key


def test_files_that_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a model\n" * 20)
    for name in ("text", "missing"):
        with pytest.raises(BnerError, match=f"{name} is no model of CRFsuite"):
            crf().load(tmp_path / name)
    crf().train(SENTENCES, tmp_path / "model", ignore)
    with pytest.raises(BnerError, match=r"has the label \w-protein, which the corpus has not"):
        crf(LabelSet(("DNA",))).load(tmp_path / "model")
