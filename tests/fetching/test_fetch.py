"""Fetching from a real server into the layout of the data folder, all of a resource or nothing."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.fetching.fetch import DOWNLOADS, fetch
from bner.fetching.resources import Resource
from tests.fetching.archives import saved, tar_gz, zipped
from tests.fetching.site import Page, Site
from tests.fetching.table import HASTY, TEST, TRAIN, VECTORS, fetched, files, put_table


def fails(names: list[str], data: Path, table: tuple[Resource, ...], **flags: bool) -> str:
    with pytest.raises(BnerError) as error:
        fetched(names, data, table, **flags)
    return str(error.value)


def test_all_kinds_come_into_the_layout(site: Site, tmp_path: Path) -> None:
    said = fetched(["corpus", "packed", "plain"], tmp_path, put_table(site))
    assert files(tmp_path) == {
        "corpora/c/train/train.in": TRAIN,
        "corpora/c/test/test.in": TEST,
        "embeddings/a.txt": b"a",
        "embeddings/b.txt": b"b",
        "embeddings/v.bin": VECTORS,
    }
    assert f"corpus: fetching {site.address}/train.tar.gz" in said
    assert f"corpus: {tmp_path}/corpora/c/test/test.in" in said
    assert "corpus: licence: free; please cite: Somebody 2001, The corpus" in said


def test_what_is_there_is_left_alone(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    fetched(["corpus", "packed", "plain"], tmp_path, table)
    asked = len(site.asked)
    said = fetched(["plain", "corpus", "packed", "corpus"], tmp_path, table)
    assert said == ["plain: already exists", "corpus: already exists", "packed: already exists"]
    assert len(site.asked) == asked


def test_what_is_there_needs_no_folder_that_can_be_written(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    saved(tmp_path / "embeddings" / "v.bin", VECTORS)
    saved(tmp_path / DOWNLOADS, b"no folder can be made here")
    assert fetched(["plain"], tmp_path, table) == ["plain: already exists"]
    assert "cannot be locked" in fails(["packed"], tmp_path, table)


def test_only_the_missing_part_is_fetched(site: Site, tmp_path: Path) -> None:
    saved(tmp_path / "corpora/c/train/train.in", TRAIN)
    fetched(["corpus"], tmp_path, put_table(site))
    assert [path for path, _, _ in site.asked] == ["/test.tar.gz"]
    assert files(tmp_path) == {"corpora/c/train/train.in": TRAIN, "corpora/c/test/test.in": TEST}


def test_a_file_that_differs_is_replaced_only_by_force(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    mine = saved(tmp_path / "corpora/c/train/train.in", b"mine")
    told = fails(["corpus"], tmp_path, table)
    assert str(mine) in told
    assert "--force" in told
    assert not site.asked
    assert files(tmp_path) == {"corpora/c/train/train.in": b"mine"}
    fetched(["corpus"], tmp_path, table, force=True)
    assert mine.read_bytes() == TRAIN


def test_a_file_that_appears_during_the_download_is_not_replaced(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = put_table(site)
    real = sys.modules["bner.fetching.fetch"].unpack

    def slow(*args: object) -> None:
        real(*args)
        saved(tmp_path / "embeddings/a.txt", b"mine")

    monkeypatch.setattr("bner.fetching.fetch.unpack", slow)
    assert "appeared in the meantime" in fails(["packed"], tmp_path, table)
    assert (tmp_path / "embeddings/a.txt").read_bytes() == b"mine"
    assert not (tmp_path / "embeddings/b.txt").exists()


def test_force_fetches_again_and_keep_keeps(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    fetched(["packed", "plain"], tmp_path, table, keep=True)
    assert (tmp_path / DOWNLOADS / "v.zip").read_bytes() == site.pages["/v.zip"].body
    assert (tmp_path / DOWNLOADS / "v.bin").read_bytes() == VECTORS == (tmp_path / "embeddings/v.bin").read_bytes()
    (tmp_path / "embeddings/a.txt").unlink()
    fetched(["packed"], tmp_path, table, keep=True)
    assert (tmp_path / "embeddings/a.txt").read_bytes() == b"a"
    assert len(site.asked) == 2  # a kept download is used
    site.put("/v.zip", Page(zipped({"a.txt": b"new", "b.txt": b"b"})))
    fetched(["packed"], tmp_path, table, force=True)
    assert (tmp_path / "embeddings/a.txt").read_bytes() == b"new"
    assert not (tmp_path / DOWNLOADS / "v.zip").exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (tar_gz({"test/test.in": b"other"}), "has another corpora/c/test/test.in than the one listed"),
        (tar_gz({"test/other.in": TEST}), "has no test/test.in"),
        (tar_gz({"test/test.in": TEST, "../../evil": b"x"}), "leads out of it"),
        (tar_gz({"test/test.in": TEST})[:-9], "broken or ends early"),
        (b"<html>sorry", "returned a web page"),
    ],
)
def test_one_bad_archive_replaces_nothing(site: Site, tmp_path: Path, body: bytes, words: str) -> None:
    table = put_table(site)
    good = site.pages["/test.tar.gz"].body
    site.put("/test.tar.gz", Page(body))
    assert words in fails(["corpus"], tmp_path, table)
    assert set(files(tmp_path)) == {f"{DOWNLOADS}/train.tar.gz"}  # the good one need not be fetched again
    site.put("/test.tar.gz", Page(good))
    fetched(["corpus"], tmp_path, table)
    assert set(files(tmp_path)) == {"corpora/c/train/train.in", "corpora/c/test/test.in"}


def test_wrong_bytes_replace_nothing(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    site.put("/v.bin", Page(VECTORS[::-1]))
    assert "other bytes than those listed" in fails(["plain"], tmp_path, table)
    assert files(tmp_path) == {}


def test_an_unknown_name_stops_before_anything_is_fetched(site: Site, tmp_path: Path) -> None:
    told = fails(["corpus", "nope"], tmp_path, put_table(site))
    assert told == "there is no resource 'nope': choose from corpus, packed, plain."
    assert not site.asked


def test_two_at_once_fetch_once(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    site.pages["/v.bin"].breaks, site.pages["/v.bin"].hold = [1000], 0.3
    said: list[str] = []
    threads = [
        threading.Thread(target=fetch, args=(["plain"], tmp_path, table), kwargs={"retries": HASTY, "say": said.append})
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [asked for _, asked, _ in site.asked] == [None, "bytes=1000-"]
    assert "plain: another process is fetching it, waiting for it to end" in said
    assert said[-1] == "plain: already exists"
    assert files(tmp_path) == {"embeddings/v.bin": VECTORS}


def test_another_address_is_tried(site: Site, tmp_path: Path) -> None:
    (whole,) = put_table(site)[2:]
    (download,) = whole.downloads
    gone = f"{site.address}/gone"
    moved = replace(whole, downloads=(replace(download, address=gone, other_addresses=(download.address,)),))
    said = fetched(["plain"], tmp_path / "a", (moved,))
    assert said[:3] == [
        f"plain: fetching {gone}",
        f"plain: {gone} answers 404 Not Found: the file may have moved, look for its new address.",
        f"plain: fetching {download.address}",
    ]
    assert files(tmp_path / "a") == {"embeddings/v.bin": VECTORS}
    nowhere = replace(moved, downloads=(replace(moved.downloads[0], other_addresses=(f"{gone}2",)),))
    assert fails(["plain"], tmp_path / "b", (nowhere,)).startswith(f"{gone}2 answers 404")
