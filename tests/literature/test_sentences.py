"""Text to sentences and tokens: the corpora's characters, and exactly the corpora's tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from bner.corpora.corpus import Corpus
from bner.corpora.shared_tasks import shared_task_corpora
from bner.corpora.tokenizer import genia_tokens, gm_tokens, tokenize
from bner.literature.normalize import normalized
from bner.literature.sentences import VIEWS, sentences, token_lines
from bner.vectors.keys import word_key

HARD = (
    "IL-2's 5'-flanking region, Parkinson's, cells' and don't: 's n't ' '' ``x''.",
    "p < .05 (n=12; 3.4%) vs. 1,000 mg/kg... End.",
    "[3H]thymidine, Ca(2+), +/- 3'. U.S.A.",
    "a", ".", "...", "x.", "'s", "x's.", "don't.", "-", "",
)  # fmt: skip


@pytest.mark.parametrize(
    ("published", "plain"),
    [
        ("IFN-\u03b3", "IFN-gamma"),
        ("\u0394F508", "deltaF508"),
        ("5 \u03bcM, 5 \u00b5l and \u03bc-opioid", "5 microM, 5 microl and mu-opioid"),
        ("Sjo\u0308gren, Sj\u00f6gren", "Sjogren, Sjogren"),
        ("\u201cx\u201d \u2018y\u2019 5\u2032", "\"x\" 'y' 5'"),
        ("a\u2013b\u2014c\u2212d", "a-b - c-d"),
        ("\ufb01n\u00b2 \uff21", "fin2 A"),
        ("37\u00b0C", "37 degrees C"),
        ("a\u00a0\u2009b\u200b\u00ad", "a b"),
        ("\u2265 \u4e2d", "\u2265 \u4e2d"),
    ],
)
def test_characters_become_those_of_the_corpora(published: str, plain: str) -> None:
    assert normalized(published) == plain
    assert normalized(plain) == plain


@pytest.mark.parametrize("sentence", HARD)
def test_lines_are_the_keys_of_the_tokenisers_tokens(sentence: str) -> None:
    assert gm_tokens(sentence) == [sentence[start:end] for start, end in tokenize(sentence)]
    for view, tokens in VIEWS.items():
        keys = [word_key(token) for token in tokens(sentence)]
        assert token_lines(sentence, [view]) == ([" ".join(keys)] if len(keys) > 1 else [])


def test_sentences_are_not_cut_at_abbreviations() -> None:
    text = "As shown in Fig. 2, E. coli grew, i.e. well (Smith et al. 2007). Then 0.5 vs. 3.4 ml was used. It did."
    assert [len(sentence.split()) for sentence in sentences(text)] == [14, 7, 2]


@pytest.fixture(scope="module")
def corpora(data_folder: Path) -> dict[str, Corpus]:
    return {name: config.build() for name, config in shared_task_corpora(data_folder).items()}


def test_genia_tokens_are_jnlpbas_own(corpora: dict[str, Corpus]) -> None:
    train = corpora["jnlpba"].train
    same = sum(genia_tokens(" ".join(sentence.tokens)) == list(sentence.tokens) for sentence in train)
    assert same >= len(train) - 5


def test_gm_tokens_are_gms_own(corpora: dict[str, Corpus]) -> None:
    for sentence in corpora["gm"].train:
        assert gm_tokens(str(sentence.text)) == list(sentence.tokens)
        keys = " ".join(word_key(token) for token in sentence.tokens)
        assert token_lines(str(sentence.text), ["gm"]) == ([keys] if len(sentence.tokens) > 1 else [])
