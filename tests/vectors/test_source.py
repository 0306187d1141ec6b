"""The embedding section: what its vectors are called, where they are, what they are, and what is checked early."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hydra.utils import instantiate
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bner.errors import BnerError
from bner.vectors.formats import read_vectors, recognise
from bner.vectors.source import WordVectors
from bner.vectors.streams import every
from tests.conftest import write_word2vec

RNG = np.random.default_rng(0)
VECTORS = {
    word: RNG.normal(size=4).astype(np.float32) for word in ("the", "The", "p53", "NUM", "12", "caf\u00e9", "zero")
}
VECTORS["zero"] = np.zeros(4, np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_word2vec(tmp_path / "v.bin", VECTORS)


def source(default: Path | None, dim: int = 4, **more: Any) -> WordVectors:
    return WordVectors(dim, "v", default and str(default), "run `bner fetch v`", **more)


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
    table = source(file).build(["p53", "absent", "the", "zero"], seed=1)
    assert table.words == ("UNKNOWN", "p53", "the")
    np.testing.assert_allclose(np.linalg.norm(table.rows, axis=1), [0, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(table.rows[1] * np.linalg.norm(VECTORS["p53"]), VECTORS["p53"], rtol=1e-6)


def test_a_random_vector_follows_from_word_and_seed_alone() -> None:
    one = source(None, 50).build(["a", "b"], seed=1)
    other = source(None, 50).build(["b", "c"], seed=1)
    np.testing.assert_array_equal(one.rows[2], other.rows[1])
    assert not np.allclose(one.rows[1], one.rows[2])
    assert not np.allclose(one.rows[1], source(None, 50).build(["a"], seed=2).rows[1])
    assert abs(one.rows[1:].mean()) < 0.1  # around zero


@pytest.mark.parametrize("cut", [1, 10, 30, -1])
def test_a_truncated_file(file: Path, tmp_path: Path, cut: int) -> None:
    broken = tmp_path / "cut.bin"
    broken.write_bytes(file.read_bytes()[: cut if cut > 0 else -7])
    with pytest.raises(BnerError, match=r"cut.bin (ends or breaks at word \d of the 7|is in no format)"):
        read_vectors(broken, {"the"}, 4)


def test_a_wrong_dimension(file: Path) -> None:
    with pytest.raises(BnerError, match=r"has vectors of dimension 4 and 50 is expected"):
        source(file, 50).build(["the"], seed=1)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"3 x\n", b"\x80\x02pickle"])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(BnerError, match=r"x\.bin"):
        read_vectors(tmp_path / "x.bin", {"the"}, 4)


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    path = write_word2vec(tmp_path / "nan.bin", {"the": np.array([1, np.nan], np.float32)})
    with pytest.raises(BnerError, match="values for 'the' that are not finite numbers"):
        read_vectors(path, {"the"}, 2)


def test_a_missing_file_says_where_and_how(tmp_path: Path) -> None:
    with pytest.raises(
        BnerError, match=r"embedding=v are missing: .*none.bin does not exist; run `bner fetch v`, or set BNER_DATA"
    ):
        source(tmp_path / "none.bin").build(["the"], seed=1)


def test_no_word_in_common(file: Path) -> None:
    with pytest.raises(BnerError, match="none of the corpus's words"):
        source(file).build(["absent"], seed=1)


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
    expected = source(file).build(["the", "p53"], seed=1)
    assert source(file).path == file
    file.unlink()
    assert source(file).files() == (packed,)
    np.testing.assert_array_equal(source(file).build(["the", "p53"], seed=1).rows, expected.rows)


def test_random_vectors_have_no_files() -> None:
    assert source(None).files() == ()


@pytest.mark.parametrize(
    ("file", "name", "label"),
    [
        (None, None, "v"),
        (None, "mine", "mine"),
        ("vectors/foo.bin", None, "foo"),
        ("foo.vec.gz", None, "foo"),
        ("google300.store", None, "google300"),
        ("glove.6B.50d.txt", None, "glove.6B.50d"),
        ("folder/senna/", None, "senna"),
        ("foo.bin", "mine", "mine"),
    ],
)
def test_vectors_are_called_after_the_users_own_file(file: str | None, name: str | None, label: str) -> None:
    assert source(Path("v.bin"), file=file, name=name).label == label
    assert source(None, file=file, name=name).label == label


def test_the_users_own_file_is_read_instead_of_the_default_one(file: Path, tmp_path: Path) -> None:
    own = write_word2vec(tmp_path / "own.bin", {"p53": np.ones(4, np.float32)})
    for default in (file, tmp_path / "none.bin", None):
        vectors = source(default, file=str(own))
        assert vectors.path == own
        assert vectors.files() == (own,)
        vectors.check()
        np.testing.assert_array_equal(vectors.build(["p53"], 1).rows[1], [0.5] * 4)
    with pytest.raises(BnerError, match=r"embedding.file are missing: .*gone.bin does not exist, check the path"):
        source(file, file=str(tmp_path / "gone.bin")).check()


def test_several_files_side_by_side(file: Path, tmp_path: Path) -> None:
    second = write_word2vec(tmp_path / "two.bin", {"p53": np.ones(2), "absent": np.array([3.0, 4.0])})
    third = write_word2vec(tmp_path / "three.vec.bin", {"the": np.ones(1), "zero": np.zeros(1)})
    vectors = source(file, more=[str(second), str(third)])
    vectors.check()
    assert vectors.label == "v+two+three"
    assert source(file, name="mine", more=[str(second)]).label == "mine"
    assert vectors.files() == (file, second, third)
    table = vectors.build(["p53", "absent", "the", "zero", "nowhere"], seed=1)
    assert table.words == ("UNKNOWN", "p53", "absent", "the")
    assert table.rows.shape == (4, 4 + 2 + 1)
    alone = source(file).build(["p53", "the"], seed=1)
    np.testing.assert_array_equal(table.rows[[0, 1, 3], :4], alone.rows)
    np.testing.assert_allclose(table.rows[:, 4:6], [[0, 0], [0.5**0.5] * 2, [0.6, 0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_array_equal(table.rows[:, 6], [0, 0, 0, 1])


def test_a_further_file_without_a_word_in_common(file: Path, tmp_path: Path) -> None:
    other = write_word2vec(tmp_path / "other.bin", {"elsewhere": np.ones(2)})
    with pytest.raises(BnerError, match=r"other.bin has a vector for none of the corpus's words"):
        source(file, more=[str(other)]).build(["the"], seed=1)


def test_digits_as_zeros(file: Path) -> None:
    table = source(file, digits="zero").build(["p00", "00", "NUM"], 1)
    assert table.words == ("UNKNOWN", "p00", "00")
    assert table.digits == "zero"
    np.testing.assert_allclose(table.rows[2], VECTORS["12"] / np.linalg.norm(VECTORS["12"]), rtol=1e-6)
    assert source(file).build(["NUM"], 1).digits == "num"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dim": 0}, "embedding.dim is 0: use at least 1"),
        ({"dim": 50}, "v.bin has vectors of dimension 4 and 50 is expected: .* set embedding.dim=4"),
        ({"more": ["gone.bin"]}, "of embedding.more are missing: .*gone.bin does not exist, check the path"),
        ({"more": ["x.bin"], "default_file": None}, "embedding.more is for vectors of a file, and these are random"),
        ({"tuned_copy": True, "extra_dim": 3}, "tuned_copy and embedding.extra_dim exclude each other"),
        ({"tuned_copy": True, "finetune": True}, "embedding.tuned_copy is for frozen vectors"),
        ({"extra_dim": 3, "finetune": True}, "embedding.extra_dim is for frozen vectors"),
        ({"digits": "none"}, "embedding.digits is 'none': use num or zero"),
        ({"default_file": "gone.bin"}, "embedding=v are missing: .*gone.bin does not exist; run `bner fetch v`"),
        ({"default_file": __file__}, "is in no format of vectors that bner reads"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_read(file: Path, changes: dict[str, Any], sentence: str) -> None:
    good = source(file)
    good.check()
    with pytest.raises(BnerError, match=sentence):
        dataclasses.replace(good, **changes).check()
    source(None).check()


def test_a_check_reads_only_the_beginning(tmp_path: Path) -> None:
    path = write_word2vec(tmp_path / "v.bin", {f"w{number}": np.ones(64, np.float32) for number in range(9000)})
    with path.open("rb+") as content:
        content.truncate(2 << 20)  # of 2.3 MB: only a reader of the whole file would see it
    source(path, 64).check()
    with pytest.raises(BnerError, match="ends or breaks"):
        source(path, 64).build(["w1"], 1)


def test_it_is_a_section_of_the_configuration(file: Path) -> None:
    section = OmegaConf.structured(WordVectors)
    given = {
        "dim": "4",
        "default_name": "v",
        "default_file": str(file),
        "origin": "run `bner fetch v`",
        "finetune": "true",
    }
    vectors = OmegaConf.to_object(OmegaConf.merge(section, given))
    assert vectors == WordVectors(4, "v", str(file), "run `bner fetch v`", finetune=True)
    made = instantiate({"_target_": "bner.vectors.source.WordVectors", **given, "dim": 4, "finetune": True})
    assert made == vectors
    for wrong in ({"dim": "wide"}, {"finetune": "perhaps"}, {"nosuch": 1}):
        with pytest.raises(OmegaConfBaseException):
            OmegaConf.merge(section, wrong)
