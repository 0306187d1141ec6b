"""Hashes of files: of their contents, and read once where a cache keeps them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.runtime import hashing
from bner.runtime.hashing import sha256_of_file, sha256_of_files


def plain(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose contents are read, from now on."""
    found: list[Path] = []
    real = hashing._computed

    def counted(path: Path) -> str:
        found.append(path)
        return real(path)

    monkeypatch.setattr(hashing, "_computed", counted)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a").write_bytes(b"content")
    return tmp_path / "a"


def test_one_file_has_the_hash_of_its_content(file: Path, tmp_path: Path) -> None:
    assert sha256_of_files([file]) == sha256_of_file(file) == plain(b"content")
    assert sha256_of_files([file], tmp_path / "cache") == plain(b"content")


def test_several_files_have_the_hash_of_their_hashes(file: Path, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"more")
    expected = plain(f"{plain(b'content')}\n{plain(b'more')}\n".encode())
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        assert sha256_of_files([file, tmp_path / "b"], cache) == expected
        assert sha256_of_files([tmp_path / "b", file], cache) != expected


def test_a_second_call_reads_nothing(file: Path, tmp_path: Path, reads: list[Path]) -> None:
    for _ in range(3):
        assert sha256_of_file(file, tmp_path / "cache") == plain(b"content")
    assert reads == [file]
    sha256_of_file(file, tmp_path / "other")
    sha256_of_file(file)
    assert reads == [file] * 3


def test_the_cache_is_asked_by_absolute_path(
    file: Path, tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    sha256_of_file(file, cache)
    monkeypatch.chdir(tmp_path)
    sha256_of_file(Path("a"), cache)
    assert reads == [file]
    other = tmp_path / "folder" / "a"
    other.parent.mkdir()
    other.write_bytes(b"another")  # of the same name, size and time
    stat = file.stat()
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert sha256_of_file(other, cache) == plain(b"another")


def test_another_size_or_time_is_read_again(file: Path, tmp_path: Path, reads: list[Path]) -> None:
    cache, stat = tmp_path / "cache", file.stat()
    sha256_of_file(file, cache)
    file.write_bytes(b"contents")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert sha256_of_file(file, cache) == plain(b"contents")
    file.write_bytes(b"CONTENTS")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert sha256_of_file(file, cache) == plain(b"CONTENTS")
    assert len(reads) == 3
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b"null", b"{}", b"\xff", b'{"sha256": 1}', "cut", "another hash", "no hash"]
)
def test_a_broken_entry_is_computed_again(file: Path, tmp_path: Path, broken: bytes | str, reads: list[Path]) -> None:
    cache = tmp_path / "cache"
    sha256 = sha256_of_file(file, cache)
    (entry,) = cache.iterdir()
    content = entry.read_bytes()
    changed = {
        "cut": content[:-20],
        "another hash": content.replace(b'"size": 7', b'"size": 8'),
        "no hash": content.replace(sha256.encode(), b"x" * 64),
    }
    entry.write_bytes(changed[broken] if isinstance(broken, str) else broken)
    assert sha256_of_file(file, cache) == sha256
    assert len(reads) == 2
    assert entry.read_bytes() == content


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hashing._computed

    def written_to(path: Path) -> str:
        sha256 = real(path)
        path.write_bytes(b"something longer")
        return sha256

    monkeypatch.setattr(hashing, "_computed", written_to)
    sha256_of_file(file, tmp_path / "cache")
    monkeypatch.setattr(hashing, "_computed", real)
    assert sha256_of_file(file, tmp_path / "cache") == plain(b"something longer")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    for cache in (None, tmp_path / "cache"):
        with pytest.raises(BnerError, match=r"none cannot be read \(No such file or directory\): check the path"):
            sha256_of_file(tmp_path / "none", cache)
