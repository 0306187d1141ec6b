"""The store: what was converted is looked up, collisions and broken files give no wrong vector."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from bner.errors import BnerError
from bner.runtime.hashing import sha256_of_files
from bner.vectors import conversion, store
from bner.vectors.conversion import write_store
from bner.vectors.formats import read_vectors, recognise
from bner.vectors.keys import word_key
from bner.vectors.source import WordVectors
from bner.vectors.store import ARRAYS, CARD, Store, open_store
from tests.conftest import write, write_word2vec

DIM = 5
RNG = np.random.default_rng(0)
WORDS = ("the", "The", "p53", "caf\u00e9", "12", "NUM", "num", "1.5", "THE", "x", "\u03a3")
VECTORS = {word: RNG.normal(size=DIM).astype(np.float32) for word in WORDS}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_word2vec(tmp_path / "v.bin", VECTORS)


@pytest.fixture
def made(file: Path, tmp_path: Path) -> Path:
    write_store(file, tmp_path / "made")
    return tmp_path / "made"


def test_it_holds_what_the_file_holds(file: Path, made: Path) -> None:
    keys = {word_key(word) for word in VECTORS}
    opened = open_store(made)
    assert opened.card.words == len(keys)
    assert opened.card.sha256 == sha256_of_files([file])
    assert opened.card.source == "v.bin"
    expected, found = read_vectors(file, {*keys, "absent"}), read_vectors(made, {*keys, "absent"}, DIM)
    assert found.keys() == expected.keys() == keys
    for key, row in found.items():
        np.testing.assert_array_equal(row, expected[key], err_msg=key)
    np.testing.assert_array_equal(found["the"], VECTORS["the"] + VECTORS["The"] + VECTORS["THE"])


def test_sums_do_not_depend_on_blocks(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"{'wW'[number % 2]}{number % 150}{'x' * (number % 7)}": RNG.normal(size=40) for number in range(2000)}
    path = write_word2vec(tmp_path / "many.bin", many)
    monkeypatch.setattr("bner.vectors.word2vec.BLOCK", 9000)
    write_store(path, tmp_path / "store")
    keys = {word_key(word) for word in many}
    expected, found = read_vectors(path, keys), read_vectors(tmp_path / "store", keys)
    assert found.keys() == expected.keys() == keys
    assert all(np.array_equal(found[key], expected[key]) for key in keys)


def test_the_table_is_the_same_from_file_and_store(file: Path, made: Path) -> None:
    keys = ["p53", "absent", "the", "NUM"]
    tables = [WordVectors(DIM, "v", str(path), "").build(keys, 1) for path in (file, made)]
    assert tables[0].words == tables[1].words == ("UNKNOWN", "p53", "the", "NUM")
    np.testing.assert_array_equal(tables[0].rows, tables[1].rows)
    assert WordVectors(DIM, "v", str(made), "").files() == (made / CARD,)


def test_a_store_serves_one_rule(file: Path, made: Path, tmp_path: Path) -> None:
    write_store(file, tmp_path / "zero", digits="zero")
    keys = {word_key(word, "zero") for word in VECTORS}
    expected, found = (read_vectors(path, keys, digits="zero") for path in (file, tmp_path / "zero"))
    assert found.keys() == expected.keys() == keys
    for key, row in found.items():
        np.testing.assert_array_equal(row, expected[key], err_msg=key)
    for path, rule, other in ((made, "num", "zero"), (tmp_path / "zero", "zero", "num")):
        sentence = (
            f"keys were made with digits={rule} and cannot serve digits={other}: make .* convert --digits {other}"
        )
        with pytest.raises(BnerError, match=sentence):
            read_vectors(path, keys, digits=other)
        with pytest.raises(BnerError, match=sentence):
            WordVectors(DIM, "v", str(path), "", digits=other).check()
        WordVectors(DIM, "v", str(path), "", digits=rule).check()
    with pytest.raises(BnerError, match=r"embedding\.digits is 'one': use num or zero"):
        write_store(file, tmp_path / "one", digits="one")
    assert not (tmp_path / "one").exists()


def test_look_ups_in_any_order_with_absent_and_repeated_keys(made: Path) -> None:
    opened = open_store(made)
    ids = opened.lookup(["x", "absent", "the", "x", "", "\u03c3", "a\ud800"])
    assert (ids >= 0).tolist() == [True, False, True, True, False, True, False]
    assert ids[0] == ids[3]
    rows = opened.rows(ids)
    assert rows.shape == (7, DIM)
    np.testing.assert_array_equal(rows[0], VECTORS["x"])
    assert not rows[1].any()
    assert opened.lookup([]).shape == (0,)
    assert opened.rows(opened.lookup([])).shape == (0, DIM)


@pytest.mark.parametrize("values", [1, 3])
def test_keys_of_one_hash_are_told_apart(
    values: int, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(words: Iterable[bytes]) -> np.ndarray:
        return np.array([2**64 - 1 - len(word) % values for word in words], np.uint64)

    monkeypatch.setattr(store, "hashes_of", few)
    monkeypatch.setattr(conversion, "hashes_of", few)
    write_store(file, tmp_path / "collisions")
    found = read_vectors(tmp_path / "collisions", {word_key(word) for word in VECTORS} | {"absent", "y"})
    assert found.keys() == {word_key(word) for word in VECTORS}
    np.testing.assert_array_equal(found["x"], VECTORS["x"])
    np.testing.assert_array_equal(found["\u03c3"], VECTORS["\u03a3"])


def test_another_process_finds_the_same(made: Path) -> None:
    program = (
        f"from pathlib import Path; from bner.vectors.store import open_store; s = open_store(Path({str(made)!r}))"
    )
    program += "; print(s.lookup(['the', 'p53', 'absent']).tolist())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(open_store(made).lookup(["the", "p53", "absent"]).tolist())


def test_without_the_calls_that_only_posix_has(made: Path) -> None:
    program = "import os; del os.pread, os.posix_fadvise; from bner.vectors.formats import read_vectors\n"
    program += f"from pathlib import Path; found = read_vectors(Path({str(made)!r}), ['x', 'p53', 'absent'])\n"
    program += "print({key: row.tolist() for key, row in found.items()})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    expected = {key: VECTORS[key].tolist() for key in ("x", "p53")}
    assert done.stdout.strip() == str(expected)


@pytest.mark.parametrize("name", [*(f"{name}.npy" for name in ARRAYS), CARD])
def test_a_truncated_or_missing_file(made: Path, name: str) -> None:
    content = (made / name).read_bytes()
    for size in (0, 10, len(content) - 3):
        (made / name).write_bytes(content[:size])
        with pytest.raises(BnerError, match=rf"{name} (cannot be read|has).*: make the store again"):
            open_store(made)
    (made / name).unlink()
    with pytest.raises(BnerError, match=f"{name} cannot be read|neither SENNA's"):
        read_vectors(made, {"the"})


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_shape_or_type(made: Path, name: str) -> None:
    array = np.load(made / f"{name}.npy")
    wrong = array.astype(np.float64), array[:-1], array.reshape(1, *array.shape)
    for other in wrong:
        np.save(made / f"{name}.npy", other)
        with pytest.raises(BnerError, match=r"\.npy has .* instead of .*: make the store again"):
            open_store(made)


def test_an_index_that_points_outside(made: Path) -> None:
    np.save(made / "order.npy", np.full(open_store(made).card.words, 10**6, np.int32))
    with pytest.raises(BnerError, match=r"made is broken .its index names rows that are not there.: make it again"):
        open_store(made).lookup(["the"])


def test_a_card_of_another_version_or_with_wrong_values(made: Path) -> None:
    card = (made / CARD).read_text()
    older = card.replace('"version": 2', '"version": 1').replace('"dim"', '"width"').replace('"digits"', '"keys"')
    for other, version in ((older, 1), (card.replace('"version": 2', '"version": 3'), 3)):
        (made / CARD).write_text(other)
        with pytest.raises(BnerError, match=f"store in version {version} of the format, and this bner reads version 2"):
            open_store(made)
    for old, new in (
        ('"dim": 5', '"dim": "5"'),
        ('"num"', '"one"'),
        ('"dim": 5', '"dim": 0'),
        ('"dim"', '"wide"'),
        ("{", "["),
    ):
        (made / CARD).write_text(card.replace(old, new))
        with pytest.raises(BnerError, match=r"store.json cannot be read"):
            open_store(made)


def test_a_wrong_dimension(file: Path, made: Path, tmp_path: Path) -> None:
    with pytest.raises(BnerError, match=r"made has vectors of dimension 5 and 50 is expected"):
        read_vectors(made, {"the"}, 50)
    with pytest.raises(BnerError, match=r"v.bin has vectors of dimension 5"):
        write_store(file, tmp_path / "other", 50)


def test_a_broken_source_leaves_nothing_behind(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(BnerError, match="ends or breaks at word 11 of the 11"):
        write_store(file, tmp_path / "other")
    write_word2vec(file, {**VECTORS, "bad": np.array([1, 2, np.inf, 0, 0])})
    with pytest.raises(BnerError, match="values for 'bad' that are not finite numbers"):
        write_store(file, tmp_path / "other")
    assert list(tmp_path.iterdir()) == [file]


def test_only_a_store_is_replaced(file: Path, made: Path, tmp_path: Path) -> None:
    write_word2vec(file, {"new": np.ones(DIM)})
    write_store(file, made)
    assert read_vectors(made, {"new", "the"}).keys() == {"new"}
    file.write_bytes(b"")
    with pytest.raises(BnerError, match=r"v.bin is empty"):
        write_store(file, made)
    assert read_vectors(made, {"new"}).keys() == {"new"}
    with pytest.raises(BnerError, match="made is already a store"):
        write_store(made, tmp_path / "copy")
    write_word2vec(file, VECTORS)
    write(tmp_path / "mine" / "notes.txt", ["keep"])
    for taken in (tmp_path / "mine", file):
        with pytest.raises(BnerError, match="exists and is not a store of vectors: choose another name"):
            write_store(file, taken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "mine", "v.bin"]


def test_what_is_asked_for_need_not_be_writable(made: Path) -> None:
    opened = open_store(made)
    rows = opened.rows(opened.lookup(["the"]))
    rows += 1  # a copy: the store is unchanged
    np.testing.assert_array_equal(opened.rows(opened.lookup(["the"])) + 1, rows)
    assert isinstance(opened, Store)
    assert recognise(made).words == opened.card.words


def test_the_commands(file: Path, tmp_path: Path) -> None:
    def bner(*words: object) -> subprocess.CompletedProcess[str]:
        program = [Path(sys.executable).with_name("bner"), "vectors", *map(str, words)]
        return subprocess.run(program, capture_output=True, text=True, check=False)

    done = bner("convert", file, tmp_path / "store")
    assert done.stdout.startswith(f"{tmp_path}/store: 7 words, dimension 5, 0 MB, in "), done.stderr
    for path, format_ in ((file, "word2vec binary"), (tmp_path / "store", "store")):
        shown = bner("show", path, "P53", "nosuch").stdout
        assert f"format     {format_}\n" in shown
        assert "dimension  5\ndigits     num\n" in shown
        length = np.linalg.norm(VECTORS["p53"])
        assert f"P53: looked up as 'p53', length {length:.4f}\nnosuch: looked up as 'nosuch', no vector\n" in shown
    bner("convert", file, tmp_path / "zero", "--digits", "zero", "--dim", 5)
    for path, option in ((file, ["--digits", "zero"]), (tmp_path / "zero", [])):
        shown = bner("show", path, "P53", "12", *option).stdout
        assert "digits     zero\nP53: looked up as 'p00', length" in shown
        assert f"12: looked up as '00', length {np.linalg.norm(VECTORS['12']):.4f}\n" in shown
    refused = bner("show", tmp_path / "zero", "P53", "--digits", "num").stderr
    assert "is a store whose keys were made with digits=zero and cannot serve digits=num" in refused
    failed = bner("show", tmp_path)
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith("bner: ")
    assert failed.stderr.count("\n") == 1
