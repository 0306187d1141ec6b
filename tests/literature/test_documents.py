"""Files, folders and archives as a stream of documents: what is found, and what is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.literature import archives, documents
from bner.literature.documents import Document

XML = b"<article><body><p>Some text.</p></body></article>"


def tar(path: Path, files: Mapping[str, bytes], mode: str) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def found(*paths: Path) -> list[Document]:
    return list(documents.documents(paths))


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tgz", "tar.xz", "tar.bz2"])
def test_archives_are_read_as_streams(tmp_path: Path, ending: str) -> None:
    mode = {"tar": "w", "tgz": "w:gz"}.get(ending, f"w:{ending[4:]}")
    files = {"a/1.nxml": XML, "a/picture.jpg": b"\xff", "a/2.txt": b"Plain.", "a/3.xml.gz": gzip.compress(XML)}
    path = tar(tmp_path / f"articles.{ending}", files, mode)
    assert [(document.name, document.kind, document.content) for document in found(path)] == [
        (f"{path}:a/1.nxml", "xml", XML),
        (f"{path}:a/2.txt", "text", b"Plain."),
        (f"{path}:a/3.xml.gz", "xml", XML),
    ]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_a_broken_archive_is_an_error(tmp_path: Path, ending: str, kept: float) -> None:
    noise = bytes(range(256)) * 400
    whole = tar(
        tmp_path / "a", {f"{n}.xml": noise[n:] for n in range(5)}, "w" if ending == "tar" else f"w:{ending[4:]}"
    )
    content = whole.read_bytes()
    path = tmp_path / f"broken.{ending}"
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(BnerError, match="is a broken archive"):
        found(path)


def test_damage_within_compressed_data_is_an_error(tmp_path: Path) -> None:
    content = bytearray(tar(tmp_path / "a", {"1.xml": bytes(range(256)) * 400}, "w:xz").read_bytes())
    content[-30] ^= 0xFF
    path = tmp_path / "damaged.tar.xz"
    path.write_bytes(content)
    with pytest.raises(BnerError, match="is a broken archive"):
        found(path)


@pytest.mark.parametrize("name", ["../up.xml", "/etc/passwd.xml", "a/../../up.xml", "..\\up.xml"])
def test_a_member_that_leads_out_is_an_error(tmp_path: Path, name: str) -> None:
    path = tar(tmp_path / "a.tar", {"1.xml": XML, name: XML}, "w")
    with pytest.raises(BnerError, match="leads out of the archive"):
        found(path)


def test_links_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("1.xml")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert found(path) == []


def test_decompression_bombs_within_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_MEMBER", 1000)
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 1000)
    files = {"1.xml": XML, "2.xml": b"x" * 1001, "3.xml.gz": gzip.compress(b"x" * 1001), "4.txt.gz": b"\x1f\x8bno"}
    read = found(tar(tmp_path / "a.tar", files, "w"))
    assert [document.kind for document in read] == ["xml", "refused", "refused", "refused"]
    assert "1001 bytes" in str(read[1].content)
    assert "grows to more" in str(read[2].content)
    assert "cannot be decompressed" in str(read[3].content)


@pytest.mark.parametrize("ending", ["tar.gz", "tar.xz", "txt.gz"])
def test_decompression_bombs_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(archives, "_FREE", 1 << 20)
    path = tmp_path / f"bomb.{ending}"
    if ending == "txt.gz":
        path.write_bytes(gzip.compress(b"a line\n" * 1_000_000))
    else:
        tar(path, {f"{n}.xml": b" " * 1_000_000 for n in range(20)}, f"w:{ending[4:]}")
    with pytest.raises(BnerError, match="grows"):
        found(path)


def test_a_folder_is_read_by_name(tmp_path: Path) -> None:
    for name in ("b.xml", "a/c.txt", "a/b.nxml", "readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(XML if "ml" in name else b"Plain.\n")
    tar(tmp_path / "c.tar", {"1.xml": XML}, "w")
    names = [document.name.removeprefix(f"{tmp_path}/") for document in found(tmp_path)]
    assert names == ["a/b.nxml", "a/c.txt", "b.xml", "c.tar:1.xml"]


def test_plain_text_comes_in_blocks_of_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_BLOCK", 1000)
    lines = [f"line {n} of the text" for n in range(500)]
    for path, content in ((tmp_path / "a", "\n".join(lines).encode()), (tmp_path / "b.gz", b"")):
        path.write_bytes(content or gzip.compress("\n".join(lines).encode()))
        read = found(path)
        assert len(read) > 5
        assert [line for document in read for line in bytes(document.content).decode().splitlines()] == lines  # type: ignore[arg-type]


def test_what_a_file_is_is_seen_from_its_begin(tmp_path: Path) -> None:
    for content, kind in ((b"\xef\xbb\xbf \n<a/>", "xml"), (b"p < 0.05", "text"), ("<a/>".encode("utf-16"), "xml")):
        (tmp_path / "file").write_bytes(content)
        assert [document.kind for document in found(tmp_path / "file")] == [kind]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none", None, "does not exist"),
        ("empty.txt", b"", "is empty"),
        ("cut.txt.gz", gzip.compress(bytes(range(256)) * 50)[:-50], "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BnerError, match=sentence):
        found(tmp_path / name)


def test_a_folder_without_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"x")
    with pytest.raises(BnerError, match=r"has no \.xml"):
        found(tmp_path)
