"""BIES labels: exact on legal sequences, one rule on all others."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from bner.corpora.bies import IllegalTagError, LabelSet, illegal_tags, iob2_to_mentions, is_iob2, mentions_to_iob2
from bner.corpora.sentence import Mention

LABELS = LabelSet(("DNA", "protein"))


def encoded(length: int, *mentions: tuple[int, int]) -> str:
    one_type = LabelSet(("X",))
    labels = one_type.encode(length, [Mention(start, end, "X") for start, end in mentions])
    return "".join(one_type.names[label][0] for label in labels)


def decoded(tags: str) -> list[tuple[int, int]]:
    labels = LabelSet(("X",))
    return [(m.start, m.end) for m in labels.decode(["OBIES".index(tag) for tag in tags])]


def test_names_and_size() -> None:
    assert LABELS.names[5:] == ("B-protein", "I-protein", "E-protein", "S-protein")
    assert len(LABELS) == len(LABELS.names) == 9


def test_random_mentions_come_back() -> None:
    rng = random.Random(0)
    for _ in range(300):
        length = rng.randint(1, 12)
        cuts = sorted(rng.sample(range(length + 1), rng.randint(0, length // 2 * 2) // 2 * 2))
        mentions = tuple(Mention(a, b, rng.choice(LABELS.types)) for a, b in zip(cuts[::2], cuts[1::2], strict=True))
        assert LABELS.decode(LABELS.encode(length, mentions)) == mentions
        assert iob2_to_mentions(mentions_to_iob2(length, mentions)) == mentions


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [
        (((0, 4), (1, 3)), "BIIE"),  # I in any gives I
        (((0, 3), (2, 4)), "BIIE"),  # E with B gives I
        (((0, 3), (0, 1)), "BIE"),  # B with S gives B
        (((0, 3), (2, 3)), "BIE"),  # E with S gives E
        (((0, 2), (0, 2)), "BE"),
        (((0, 1), (0, 1)), "S"),
    ],
)
def test_overlaps_merge_as_in_the_papers_program(mentions: tuple[tuple[int, int], ...], expected: str) -> None:
    length = max(end for _, end in mentions)
    assert encoded(length, *mentions) == expected
    assert encoded(length, *reversed(mentions)) == expected


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("OBIEO", [(1, 4)]),
        ("IEO", []),  # nothing is open
        ("OIS", [(2, 3)]),
        ("BIO", [(0, 2)]),  # ends before what does not continue it
        ("BB", [(0, 1), (1, 2)]),
        ("BSE", [(0, 1), (1, 2)]),
        ("BEE", [(0, 2)]),
        ("SIE", [(0, 1)]),
        ("BI", [(0, 2)]),  # the sentence ends
    ],
)
def test_one_rule_for_illegal_sequences(tags: str, spans: list[tuple[int, int]]) -> None:
    assert decoded(tags) == spans


def test_another_type_ends_a_mention() -> None:
    b_dna, i_protein, e_dna = 1, LABELS.names.index("I-protein"), 3
    assert LABELS.decode([b_dna, i_protein, e_dna]) == (Mention(0, 1, "DNA"),)


@pytest.mark.parametrize(("types", "longest"), [(("A",), 5), (("A", "B"), 3)])
def test_legal_sequences_are_those_that_come_back(types: tuple[str, ...], longest: int) -> None:
    labels = LabelSet(types)
    steps, first, last = labels.legal()
    for length in range(1, longest + 1):
        for sequence in itertools.product(range(len(labels)), repeat=length):
            legal = first[sequence[0]] and last[sequence[-1]]
            legal &= all(steps[one][other] for one, other in itertools.pairwise(sequence))
            comes_back = labels.encode(length, labels.decode(sequence)) == list(sequence)
            assert legal == comes_back, [labels.names[label] for label in sequence]


def test_every_sequence_decodes_to_something_legal() -> None:
    for labels in itertools.product(range(9), repeat=4):
        mentions = LABELS.decode(labels)
        assert LABELS.decode(LABELS.encode(4, mentions)) == mentions
        assert all(one.end <= other.start for one, other in itertools.pairwise(mentions))


@pytest.mark.parametrize(
    ("tags", "positions"),
    [("O I-X", [1]), ("I-X I-X", [0]), ("B-X I-Y I-Y I-X", [1, 3]), ("B-X I-X O I-X B-X", [3]), ("B-X I-X", [])],
)
def test_illegal_iob2_names_its_positions(tags: str, positions: list[int]) -> None:
    assert [error.position for error in illegal_tags(tags.split())] == positions
    if positions:
        with pytest.raises(IllegalTagError) as caught:
            iob2_to_mentions(tags.split())
        assert caught.value.position == positions[0]


def test_what_is_no_iob2() -> None:
    assert all(map(is_iob2, ("O", "B-X", "I-cell_type", "I-I-X")))
    assert not any(map(is_iob2, ("", "X", "B", "B-", "I-", "E-X", "OO", "b-X")))


def test_a_mention_beyond_the_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie within 2 tokens"):
        LABELS.encode(2, [Mention(1, 3, "DNA")])


def test_many_rows_at_once_are_decoded_as_each_by_itself() -> None:
    draw = np.random.default_rng(1)
    labels = LabelSet(("protein", "DNA"))
    rows = draw.integers(0, len(labels), (300, 9)) * (draw.random((300, 9)) < 0.7)
    assert labels.decode_rows(rows) == [labels.decode(row) for row in rows.tolist()]
    assert labels.decode_rows(np.zeros((3, 4), dtype=np.int64)) == [(), (), ()]
    assert labels.decode_rows(np.zeros((0, 4), dtype=np.int64)) == []
