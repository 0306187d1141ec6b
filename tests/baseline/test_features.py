"""Features of tokens in hand-made sentences: neighbours, edges, brackets, joined words, clusters."""

from __future__ import annotations

from bner.baseline.clusters import WordClusters
from bner.baseline.features import FeatureExtractor, inside_brackets
from bner.baseline.word_features import word_features

TOKENS = ("The", "p53", "gene", "(", "TP53", ")", "binds")


def test_a_token_has_its_own_features_and_those_of_its_neighbours() -> None:
    found = FeatureExtractor().extract(TOKENS)[1]
    assert set(word_features("p53")) < set(found)
    assert {
        "bias",
        "-1:l=the",
        "-1:parts=Aa",
        "-1:case=initial",
        "1:l=gene",
        "1:suffix=ene",
        "2:l=(",
        "2:parts=(",
    } < set(found)
    assert {"-1,0:l=the|p53", "0,1:l=p53|gene", "0,1:parts=a0|a", "1,2:l=gene|(", "-1,0,1:l=the|p53|gene"} < set(found)
    assert "-2:edge" in found
    assert not [name for name in found if name.startswith(("-2:l", "3:"))]


def test_edges_of_the_sentence() -> None:
    first, *_, last = FeatureExtractor().extract(TOKENS)
    assert "-1:edge" in first
    assert "1:edge" in last
    assert not [name for name in first if name.startswith(("-1,0", "-1:l", "-2"))]  # one position beyond, no more
    (alone,) = FeatureExtractor().extract(("p53",))
    assert {"-1:edge", "1:edge"} < set(alone)
    assert FeatureExtractor().extract(()) == []


def test_the_window_says_how_far_a_token_sees() -> None:
    own = FeatureExtractor(window=0).extract(TOKENS)[1]
    assert own == ["bias", *word_features("p53")]
    near = FeatureExtractor(window=1).extract(TOKENS)[1]
    assert {"1:l=gene", "0,1:l=p53|gene", "-1,0,1:l=the|p53|gene"} < set(near)
    assert not [name for name in near if name.startswith(("2:", "1,2:"))]
    far = FeatureExtractor(window=3).extract(TOKENS)[1]
    assert "3:l=tp53" in far


def test_brackets() -> None:
    inside = [("inside_brackets" in features) for features in FeatureExtractor().extract(TOKENS)]
    assert inside == [False, False, False, False, True, False, False]
    assert inside_brackets(["(", "a", "[", "b", "]", ")"]) == [False, True, True, True, True, False]
    assert inside_brackets([")", "a", "("]) == [False, False, False]


def test_clusters_of_a_word_its_neighbours_and_both() -> None:
    clusters = WordClusters({"the": 3, "p53": 7, "gene": 0})
    found = FeatureExtractor(2, clusters).extract(TOKENS)
    assert {"cluster=7", "-1:cluster=3", "1:cluster=0", "-1,0:cluster=3|7", "-1,0,1:cluster=3|7|0"} < set(found[1])
    assert not [name for name in found[4] if name.startswith("cluster")]  # TP53 has no vector
    assert "1,2:cluster=0|None" not in found[1]
    assert not [name for name in FeatureExtractor().extract(TOKENS)[1] if "cluster" in name]


def test_the_same_words_have_the_same_features_whatever_came_before() -> None:
    used = FeatureExtractor()
    used.extract(("other", "p53", "Gene"))
    assert used.extract(TOKENS) == FeatureExtractor().extract(TOKENS)


def test_no_feature_comes_twice() -> None:
    for features in FeatureExtractor(2, WordClusters({"a": 1})).extract(("a", "a", "(", "a", ")", "a", "a")):
        assert len(set(features)) == len(features)
