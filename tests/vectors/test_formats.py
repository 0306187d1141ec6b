"""Each format is read as it was written, and a broken file of it is a sentence."""

from __future__ import annotations

import gzip
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors

from bner.errors import BnerError
from bner.vectors.formats import read_vectors, recognise
from bner.vectors.keys import word_keys
from bner.vectors.streams import every
from tests.conftest import write, write_senna, write_word2vec

Vectors = Mapping[str, np.ndarray]
DIM = 6
RNG = np.random.default_rng(0)
WORDS = ("the", "The", "p53", "caf\u00e9", "\u03b1-helix", "1.5", "12", "NUM", "Protein", "x")
VECTORS = {word: RNG.normal(size=DIM).astype(np.float32) for word in WORDS}


def keyed(vectors: Vectors) -> KeyedVectors:
    made = KeyedVectors(len(next(iter(vectors.values()))))
    made.add_vectors(list(vectors), np.stack(list(vectors.values())).astype(np.float32))
    return made


def text_lines(vectors: Vectors) -> list[str]:
    return [f"{word} {' '.join(map(str, vector))}" for word, vector in vectors.items()]


def gensim_binary(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save_word2vec_format(str(path), binary=True)
    return path


def gensim_binary_gz(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save_word2vec_format(str(path.with_suffix(".gz")), binary=True)
    return path.with_suffix(".gz")


def gensim_text(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save_word2vec_format(str(path), binary=False)
    return path


def gensim_text_gz(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save_word2vec_format(str(path.with_suffix(".gz")), binary=False)
    return path.with_suffix(".gz")


def fasttext_vec(path: Path, vectors: Vectors) -> Path:
    """fastText and word2vec's first program put a space behind the last value."""
    dim = len(next(iter(vectors.values())))
    return write(path, [f"{len(vectors)} {dim}", *(f"{line} " for line in text_lines(vectors))])


def glove(path: Path, vectors: Vectors) -> Path:
    return write(path, text_lines(vectors))


def saved_whole(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save(str(path))
    return path


def saved_old_protocol(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save(str(path), pickle_protocol=2)
    return path


def saved_apart(path: Path, vectors: Vectors) -> Path:
    keyed(vectors).save(str(path), sep_limit=0)
    assert path.with_name(f"{path.name}.vectors.npy").is_file()
    return path


def senna_side_by_side(path: Path, vectors: Vectors) -> Path:
    write(path / "words.lst", vectors)
    write(path / "embeddings.txt", (" ".join(map(str, vector)) for vector in vectors.values()))
    return path


WRITERS: dict[str, Callable[[Path, Vectors], Path]] = {
    writer.__name__: writer
    for writer in (
        write_word2vec, gensim_binary, gensim_binary_gz, gensim_text, gensim_text_gz, fasttext_vec, glove, saved_whole,
        saved_old_protocol, saved_apart, senna_side_by_side,
    )
}  # fmt: skip
FORMATS = {
    "write_word2vec": "word2vec binary",
    "gensim_text": "text",
    "fasttext_vec": "text",
    "glove": "GloVe text",
    "saved_apart": "KeyedVectors",
    "senna_side_by_side": "SENNA",
}
every_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())


def all_rows(path: Path) -> dict[str, np.ndarray]:
    return {
        word: row for words, rows in recognise(path).rows(every) for word, row in zip(words, rows, strict=True)
    }  # fmt: skip


@every_writer
def test_round_trip(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", VECTORS)
    file = recognise(path)
    assert file.dim == DIM
    assert file.words in (None, len(VECTORS))
    assert file.format == FORMATS.get(writer.__name__, file.format)
    assert all(part.is_file() for part in file.files)
    found = all_rows(path)
    assert list(found) == list(VECTORS)
    for word, row in found.items():
        assert row.dtype == np.float32
        np.testing.assert_array_equal(row, VECTORS[word], err_msg=word)


@every_writer
def test_wanted_keys_are_summed(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    found = read_vectors(writer(tmp_path / "vectors", VECTORS), {"the", "NUM", "absent"}, DIM)
    assert found.keys() == {"the", "NUM"}
    np.testing.assert_array_equal(found["the"], VECTORS["the"] + VECTORS["The"])
    np.testing.assert_array_equal(found["NUM"], VECTORS["1.5"] + VECTORS["12"] + VECTORS["NUM"])


@every_writer
def test_wanted_keys_with_digits_as_zeros(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    more = {"P12": VECTORS["x"], "p123": VECTORS["x"], "num": VECTORS["x"]}
    path = writer(tmp_path / "vectors", {**VECTORS, **more})
    found = read_vectors(path, {"p00", "00", "0.0", "num", "NUM", "absent"}, DIM, "zero")
    assert found.keys() == {"p00", "00", "0.0", "num"}
    np.testing.assert_array_equal(found["p00"], VECTORS["p53"] + VECTORS["x"])
    np.testing.assert_array_equal(found["00"], VECTORS["12"])
    np.testing.assert_array_equal(found["num"], VECTORS["NUM"] + VECTORS["x"])


@every_writer
def test_many_blocks(writer: Callable[[Path, Vectors], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"W{number}\u03a3" * (1 + number % 40): RNG.normal(size=40).astype(np.float32) for number in range(700)}
    for module, name, size in (("word2vec", "BLOCK", 9000), ("text", "BLOCK", 777), ("keyed_vectors", "_ROWS", 33)):
        monkeypatch.setattr(f"bner.vectors.{module}.{name}", size)
    path = writer(tmp_path / "vectors", many)
    found = all_rows(path)
    assert list(found) == list(many)
    for word, row in found.items():
        np.testing.assert_array_equal(row, many[word])
    some = set(word_keys("\n".join(list(many)[5::50])))
    assert read_vectors(path, some).keys() == some


@every_writer
def test_a_wrong_dimension(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", VECTORS)
    with pytest.raises(BnerError, match=f"{path.name} has vectors of dimension 6 and 5 is expected: name another"):
        read_vectors(path, {"the"}, 5)


@every_writer
def test_values_that_are_no_numbers(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", {**VECTORS, "bad": np.array([1, np.nan, 0, np.inf, 1, 1], np.float32)})
    with pytest.raises(BnerError, match="values for 'bad' that are not finite numbers: fetch or write it again"):
        read_vectors(path, {"bad"})
    assert read_vectors(path, {"the"}).keys() == {"the"}


def cuts(writer: Callable[[Path, Vectors], Path], content: bytes) -> list[int]:
    """Sizes to cut a file down to; GloVe's has no count, so that only a cut inside a line can be seen."""
    if writer is glove:
        return [cut + 20 for cut in range(len(content) - 20) if content[cut : cut + 1] == b"\n"]
    return [0, 1, 5, len(content) // 3, len(content) // 2, len(content) - 12]


@every_writer
def test_a_truncated_file(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", VECTORS)
    for part in recognise(path).files:
        content = part.read_bytes()
        for size in cuts(writer, content):
            part.write_bytes(content[:size])
            with pytest.raises(BnerError, match=rf"{path.name}.*: (fetch|check|save|use|name|it is cut)") as raised:
                read_vectors(path, {"x", "the"}, DIM)
            assert "\n" not in str(raised.value)
        part.write_bytes(content)


@every_writer
def test_an_empty_file(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", VECTORS)
    for part in recognise(path).files:
        content = part.read_bytes()
        part.write_bytes(b"")
        with pytest.raises(BnerError, match=r"is empty|cannot be read as an array|fewer lines"):
            read_vectors(path, {"the"})
        part.write_bytes(content)


@pytest.mark.parametrize("writer", [gensim_text, fasttext_vec, glove, senna_side_by_side])
def test_the_last_line_end_may_be_missing_or_doubled(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    path = writer(tmp_path / "vectors", VECTORS)
    for end in (b"", b"\n\n\n", b"\r\n"):
        for part in recognise(path).files:
            part.write_bytes(part.read_bytes().rstrip() + end)
        np.testing.assert_array_equal(all_rows(path)["x"], VECTORS["x"])
        assert len(all_rows(path)) == len(VECTORS)


@pytest.mark.parametrize("writer", [glove, gensim_text])
def test_words_with_spaces(writer: Callable[[Path, Vectors], Path], tmp_path: Path) -> None:
    vectors = {**VECTORS, ". . .": VECTORS["the"], "at name@domain.com": VECTORS["p53"], "\u00a0": VECTORS["x"]}
    found = all_rows(writer(tmp_path / "vectors", vectors))
    assert found.keys() == vectors.keys()
    np.testing.assert_array_equal(found["at name@domain.com"], VECTORS["p53"])


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    path = gensim_binary(tmp_path / "vectors", {"ab": VECTORS["the"], "p53": VECTORS["p53"]})
    path.write_bytes(path.read_bytes().replace(b"ab ", b"\xe2\x82 "))
    assert all_rows(path).keys() == {"\ufffd", "p53"}


def test_a_row_with_a_value_too_few_or_no_number(tmp_path: Path) -> None:
    path = glove(tmp_path / "vectors", VECTORS)
    lines = path.read_text().splitlines()
    write(path, [*lines[:4], lines[4].rsplit(" ", 1)[0], *lines[5:]])
    with pytest.raises(BnerError, match="vectors:5 has fewer values than the 6 of other rows"):
        read_vectors(path, {"x"})
    write(path, [*lines[:4], lines[4] + "x", *lines[5:]])
    with pytest.raises(BnerError, match="vectors:5 has a value that is not a number"):
        all_rows(path)
    write(path, ["10 7", *lines])
    with pytest.raises(BnerError, match="that its vectors have dimension 7, and has 6 values a line"):
        read_vectors(path, {"x"})
    write(path, ["10 6", "the 0.1 0.2 y 1 1 1", *lines[1:]])
    with pytest.raises(BnerError, match="vectors:2 has a value that is not a number"):
        all_rows(path)


def test_a_word_that_never_ends(tmp_path: Path) -> None:
    (tmp_path / "vectors.bin").write_bytes(b"2 6\n" + b"a" * 5000 + b" " + bytes(24) + b"b " + bytes(24))
    with pytest.raises(BnerError, match="ends or breaks at word 1 of the 2"):
        read_vectors(tmp_path / "vectors.bin", {"b"})


@pytest.mark.parametrize("first", range(256))
def test_binary_is_not_taken_for_text(tmp_path: Path, first: int) -> None:
    values = np.frombuffer(bytes([first]) + b"123 5\n" + bytes(17), "<f4")
    assert recognise(write_word2vec(tmp_path / "v.bin", {"a": values})).format == "word2vec binary"


def test_senna_as_released(tmp_path: Path) -> None:
    marks = {"PADDING": VECTORS["x"], "UNKNOWN": VECTORS["x"]}
    path = write_senna(tmp_path / "senna", {**marks, "unknown": VECTORS["p53"], "0": VECTORS["12"]})
    found = read_vectors(path, {"unknown", "padding", "NUM"}, DIM)
    assert found.keys() == {"unknown", "NUM"}
    np.testing.assert_allclose(found["unknown"], VECTORS["p53"], atol=1e-6)
    write(path / "hash" / "words.lst", ["a"])
    with pytest.raises(BnerError, match=r"embeddings.txt has more lines than the 1 words of .*words.lst: fetch both"):
        read_vectors(path, {"a"})
    (path / "hash" / "words.lst").unlink()
    with pytest.raises(BnerError, match=r"neither SENNA's words.lst and embeddings.txt nor a store's store.json"):
        read_vectors(path, {"a"})


class Evil:
    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> object:
        return self.call


@pytest.mark.parametrize(
    ("function", "names"), [(os.system, "(posix|nt).system"), (eval, "builtins.eval"), (getattr, "builtins.getattr")]
)
def test_nothing_in_a_pickle_is_run(function: object, names: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    order = f"touch {mark}" if function is os.system else f"open({str(mark)!r}, 'w')"
    path = tmp_path / "evil.kv"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps({"vectors": Evil(function, order)}, protocol))
        if protocol < 2:  # without the pickle's first byte it is no known format at all
            path.write_bytes(b"\x80\x02" + path.read_bytes())
        pattern = rf"evil.kv names {names.replace('builtins', '(builtins|__builtin__)')}, which vectors do not need"
        with pytest.raises(BnerError, match=pattern):
            read_vectors(path, {"the"})
    assert not mark.exists()


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    path = saved_apart(tmp_path / "vectors", VECTORS)
    mark = tmp_path / "ran"
    np.save(tmp_path / "vectors.vectors.npy", np.array([[Evil(os.system, f"touch {mark}")]]), allow_pickle=True)
    with pytest.raises(BnerError, match=r"vectors.vectors.npy cannot be read as an array"):
        read_vectors(path, {"the"})
    assert not mark.exists()


def test_keyed_vectors_that_do_not_fit(tmp_path: Path) -> None:
    path = saved_apart(tmp_path / "vectors", VECTORS)
    np.save(tmp_path / "vectors.vectors.npy", np.zeros((3, DIM), np.float32))
    with pytest.raises(BnerError, match=r"has 10 words and vectors of shape \(3, 6\): save it again"):
        read_vectors(path, {"the"})
    (tmp_path / "vectors.vectors.npy").unlink()
    with pytest.raises(BnerError, match=r"vectors.vectors.npy cannot be read as an array"):
        read_vectors(path, {"the"})
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(BnerError, match="is a pickle of something other than KeyedVectors"):
        read_vectors(path, {"the"})


def test_fasttexts_own_keyed_vectors_are_refused_with_the_way_out(tmp_path: Path) -> None:
    model = FastText([["a", "b"]] * 5, vector_size=4, min_count=1, bucket=10)
    model.wv.save(str(tmp_path / "ft.kv"))
    with pytest.raises(BnerError, match=r"only vectors of character n-grams.*KeyedVectors.save_word2vec_format"):
        read_vectors(tmp_path / "ft.kv", {"a"})


def test_a_broken_gzip_file(tmp_path: Path) -> None:
    path = gensim_binary_gz(tmp_path / "vectors", VECTORS)
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    with pytest.raises(BnerError, match=r"vectors.gz is a gzip file that is cut off or damaged"):
        read_vectors(path, {"x"})
    path.write_bytes(gzip.compress(b"hello\n"))
    with pytest.raises(BnerError, match="is in no format of vectors that bner reads"):
        read_vectors(path, {"x"})
