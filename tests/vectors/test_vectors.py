"""Word vectors: the wanted rows of a file, sums of words that share a key, random rows, and broken files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from bner.errors import BnerError
from bner.vectors.formats import read_vectors, recognise
from bner.vectors.streams import every
from bner.vectors.table import VectorSource, existing_file, source_files, word_table
from tests.conftest import write_word2vec

RNG = np.random.default_rng(0)
VECTORS = {
    word: RNG.normal(size=4).astype(np.float32) for word in ("the", "The", "p53", "NUM", "12", "caf\u00e9", "zero")
}
VECTORS["zero"] = np.zeros(4, np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_word2vec(tmp_path / "v.bin", VECTORS)


def source(file: Path | None, width: int = 4) -> VectorSource:
    return VectorSource("v", width, file and str(file), "train them")


def test_gensim_reads_the_same(file: Path, tmp_path: Path) -> None:
    vectors = KeyedVectors.load_word2vec_format(str(file), binary=True)
    vectors.save_word2vec_format(str(tmp_path / "gensim.bin"), binary=True)  # without line ends
    for path in (file, tmp_path / "gensim.bin"):
        found = {
            word: row for words, rows in recognise(path).rows(every) for word, row in zip(words, rows, strict=True)
        }
        assert found.keys() == VECTORS.keys()
        for word in VECTORS:
            np.testing.assert_array_equal(found[word], vectors[word])


def test_only_wanted_rows_come_and_shared_keys_are_summed(file: Path) -> None:
    found = read_vectors(file, {"the", "NUM", "absent"}, 4)
    assert found.keys() == {"the", "NUM"}
    np.testing.assert_array_equal(found["the"], VECTORS["the"] + VECTORS["The"])
    np.testing.assert_array_equal(found["NUM"], VECTORS["NUM"] + VECTORS["12"])


def test_the_table_has_unit_rows_and_a_zero_for_unknown(file: Path) -> None:
    table = word_table(source(file), ["p53", "absent", "the", "zero"], seed=1)
    assert table.words == ("UNKNOWN", "p53", "the")
    np.testing.assert_allclose(np.linalg.norm(table.rows, axis=1), [0, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(table.rows[1] * np.linalg.norm(VECTORS["p53"]), VECTORS["p53"], rtol=1e-6)


def test_a_random_vector_follows_from_word_and_seed_alone() -> None:
    one = word_table(source(None, 50), ["a", "b"], seed=1)
    other = word_table(source(None, 50), ["b", "c"], seed=1)
    np.testing.assert_array_equal(one.rows[2], other.rows[1])
    assert not np.allclose(one.rows[1], one.rows[2])
    assert not np.allclose(one.rows[1], word_table(source(None, 50), ["a"], seed=2).rows[1])
    assert abs(one.rows[1:].mean()) < 0.1  # around zero


@pytest.mark.parametrize("cut", [1, 10, 30, -1])
def test_a_truncated_file(file: Path, tmp_path: Path, cut: int) -> None:
    broken = tmp_path / "cut.bin"
    broken.write_bytes(file.read_bytes()[: cut if cut > 0 else -7])
    with pytest.raises(BnerError, match=r"cut.bin (ends or breaks at word \d of the 7|is in no format)"):
        read_vectors(broken, {"the"}, 4)


def test_a_wrong_width(file: Path) -> None:
    with pytest.raises(BnerError, match=r"holds vectors 4 wide and embedding.width says 50"):
        word_table(source(file, 50), ["the"], seed=1)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"3 x\n", b"\x80\x02pickle"])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(BnerError, match=r"x\.bin"):
        read_vectors(tmp_path / "x.bin", {"the"}, 4)


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    path = write_word2vec(tmp_path / "nan.bin", {"the": np.array([1, np.nan], np.float32)})
    with pytest.raises(BnerError, match="values for 'the' that are no finite numbers"):
        read_vectors(path, {"the"}, 2)


def test_a_missing_file_says_where_and_how(tmp_path: Path) -> None:
    with pytest.raises(
        BnerError, match=r"embedding=v are missing: .*none.bin was looked for; set BNER_DATA.*train them"
    ):
        word_table(source(tmp_path / "none.bin"), ["the"], seed=1)


def test_no_word_in_common(file: Path) -> None:
    with pytest.raises(BnerError, match="none of the corpus's words"):
        word_table(source(file), ["absent"], seed=1)


def test_real_vectors(data_folder: Path) -> None:
    path = data_folder / "embeddings" / "biomed50.bin"
    reference = KeyedVectors.load_word2vec_format(str(path), binary=True, limit=2000)
    found = read_vectors(path, {"protein", "NUM", "receptor"}, 50)
    for word, vector in found.items():
        np.testing.assert_array_equal(vector, reference[word])
    assert len(found) == 3


def test_the_packed_file_stands_in_for_the_unpacked_one(file: Path) -> None:
    packed = file.with_name("v.bin.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    expected = word_table(source(file), ["the", "p53"], seed=1)
    assert existing_file(source(file)) == file
    file.unlink()
    assert source_files(source(file)) == (packed,)
    np.testing.assert_array_equal(word_table(source(file), ["the", "p53"], seed=1).rows, expected.rows)


def test_random_vectors_have_no_files() -> None:
    assert source_files(source(None)) == ()
