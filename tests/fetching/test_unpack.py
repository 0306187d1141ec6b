"""Archives that are good, and archives that climb out, swell, lack something or break."""

from __future__ import annotations

import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.fetching.unpack import BadArchiveError, unpack
from tests.fetching.archives import other_kind, saved, tar_gz, zipped

TEXT = b"one\ntwo\n"


def taken(folder: Path, archive: Path, end: str = "train/train.in", most_bytes: int = 1000) -> bytes:
    unpack(archive, {end: (folder / "out" / "target", most_bytes)})
    return (folder / "out" / "target").read_bytes()


def refused(folder: Path, archive: Path, end: str = "train/train.in", most_bytes: int = 1000) -> str:
    with pytest.raises(BadArchiveError) as error:
        taken(folder, archive, end, most_bytes)
    assert str(archive) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("top", ["", "./", "bc2geneMention/", "a/b/"])
def test_a_member_is_found_by_the_end_of_its_path(tmp_path: Path, top: str) -> None:
    members = {f"{top}README": b"no", f"{top}train/train.in": TEXT, f"{top}train/._train.in": b"no", "pretrain.in": b""}
    assert taken(tmp_path, saved(tmp_path / "a.tar.gz", tar_gz(members))) == TEXT
    assert taken(tmp_path, saved(tmp_path / "a.zip", zipped(members))) == TEXT
    assert {path.name for path in tmp_path.rglob("*")} == {"a.tar.gz", "a.zip", "out", "target"}


def test_only_whole_names_count(tmp_path: Path) -> None:
    archive = saved(
        tmp_path / "a.tar.gz", tar_gz({"pretrain/train.in": TEXT, "train.in": TEXT, "train/train.in.gz": TEXT})
    )
    assert "has no train/train.in" in refused(tmp_path, archive)


def test_two_candidates_are_one_too_many(tmp_path: Path) -> None:
    members = {"old/train/train.in": TEXT, "new/train/train.in": TEXT}
    for archive in (saved(tmp_path / "a.tar.gz", tar_gz(members)), saved(tmp_path / "a.zip", zipped(members))):
        told = refused(tmp_path, archive)
        assert "twice, as old/train/train.in and new/train/train.in" in told


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "c:evil", "a\\..\\evil", "a/.."])
@pytest.mark.parametrize("late", [False, True])
def test_an_archive_that_leads_out_is_refused_as_a_whole(tmp_path: Path, name: str, late: bool) -> None:
    members = {"train/train.in": TEXT, name: TEXT} if late else {name: TEXT, "train/train.in": TEXT}
    for archive in (saved(tmp_path / "x/a.tar.gz", tar_gz(members)), saved(tmp_path / "x/a.zip", zipped(members))):
        assert "leads out of it" in refused(tmp_path, archive)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_wanted_member_that_is_no_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    archive = saved(tmp_path / "a.tar.gz", tar_gz({"real": TEXT, "train/train.in": other_kind(kind)}))
    assert "not as a file" in refused(tmp_path, archive)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    archive = saved(tmp_path / "a.zip", zipped({"train/train.in": b"/etc/passwd"}, link="train/train.in"))
    assert "not as a file" in refused(tmp_path, archive)


def test_links_elsewhere_are_left_in_the_archive(tmp_path: Path) -> None:
    archive = saved(tmp_path / "a.tar.gz", tar_gz({"latest": other_kind(tarfile.SYMTYPE), "train/train.in": TEXT}))
    assert taken(tmp_path, archive) == TEXT
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"target"}


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    members = {"train/train.in": bytes(5_000_000)}
    for archive in (saved(tmp_path / "a.tar.gz", tar_gz(members)), saved(tmp_path / "a.zip", zipped(members))):
        assert archive.stat().st_size < 100_000
        assert "may be a decompression bomb, train/train.in has more than 2,000,000 bytes" in refused(
            tmp_path, archive, most_bytes=2_000_000
        )
        assert (tmp_path / "out" / "target").stat().st_size < 2_000_000


def test_a_member_of_just_the_most_bytes_passes(tmp_path: Path) -> None:
    assert len(taken(tmp_path, saved(tmp_path / "a.tar.gz", tar_gz({"train/train.in": bytes(1000)})))) == 1000


@pytest.mark.parametrize("kept", [0, 5, 40, 300, -4])
def test_a_truncated_archive_is_said(tmp_path: Path, kept: int) -> None:
    members = {"train/train.in": bytes(range(256)) * 3, "train/more": TEXT}
    for archive in (
        saved(tmp_path / "a.tar.gz", tar_gz(members)[:kept]),
        saved(tmp_path / "a.tgz", tar_gz(members)[:kept]),
        saved(tmp_path / "a.zip", zipped(members)[:kept]),
    ):
        assert "broken or ends early" in refused(tmp_path, archive)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_what_is_no_archive_is_said(tmp_path: Path, name: str) -> None:
    assert "broken or ends early" in refused(tmp_path, saved(tmp_path / name, b"Not found, sorry." * 100))


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    noise = bytes((number * number) % 251 for number in range(900))
    for name, good in (("a.tar.gz", tar_gz({"train/train.in": noise})), ("a.zip", zipped({"train/train.in": noise}))):
        for position in range(20, len(good) // 2, 97):
            bad = bytearray(good)
            bad[position] ^= 0x10
            archive = saved(tmp_path / name, bytes(bad))
            with suppress(BadArchiveError):
                assert taken(tmp_path, archive) == noise  # a flip in a date or a flag changes no content


def test_a_zip_with_a_password_is_said(tmp_path: Path) -> None:
    content = bytearray(zipped({"train/train.in": TEXT}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    assert "cannot be unpacked" in refused(tmp_path, saved(tmp_path / "a.zip", bytes(content)))


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    saved(tmp_path / "out", b"a file")
    with pytest.raises(BnerError, match="cannot be written"):
        taken(tmp_path, saved(tmp_path / "a.tar.gz", tar_gz({"train/train.in": TEXT})))
