"""One download against a real server that breaks off, sends wrong bytes, and serves parts or not."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from bner.errors import BnerError
from bner.fetching.download import RetryPolicy, download
from tests.fetching.site import Page, Site

BODY = bytes(range(256)) * 4096  # one MiB
OTHER = BODY[::-1]
HASTY = RetryPolicy(attempts=3, pause=0.0, connect=2.0, read=2.0)
ONCE = RetryPolicy(attempts=1, pause=0.0, connect=2.0, read=2.0)


def fails(address: str, path: Path, retries: RetryPolicy = HASTY, sha256: str | None = None) -> str:
    with pytest.raises(BnerError) as error:
        download(address, path, sha256, retries)
    assert not path.exists()
    return str(error.value)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_plain_download_is_whole_and_leaves_nothing_else(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    address = site.put("/file", Page(BODY))
    download(
        address,
        tmp_path / "file",
        hashlib.sha256(BODY).hexdigest(),
        HASTY,
        lambda done, all_: seen.append((done, all_)),
    )
    assert (tmp_path / "file").read_bytes() == BODY
    assert names(tmp_path) == {"file"}
    assert seen[0] == (0, len(BODY))
    assert seen[-1] == (len(BODY), len(BODY))


@pytest.mark.parametrize("mark", [{"etag": '"one"'}, {"etag": None, "modified": "Mon, 05 Jan 2009 10:00:00 GMT"}])
def test_a_broken_download_is_resumed_with_the_missing_bytes(site: Site, tmp_path: Path, mark: dict[str, str]) -> None:
    page = Page(BODY, breaks=[300_000, 200_000], **mark)  # type: ignore[arg-type]
    download(site.put("/file", page), tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY
    condition = mark["etag"] or mark["modified"]
    assert site.asked == [
        ("/file", None, None),
        ("/file", "bytes=300000-", condition),
        ("/file", "bytes=500000-", condition),
    ]


def test_the_next_call_resumes_where_the_last_one_failed(site: Site, tmp_path: Path) -> None:
    page = Page(BODY, breaks=[1000, 1000, 1000])
    address = site.put("/file", page)
    told = fails(address, tmp_path / "file")
    assert "could not be downloaded in 3 attempts, 3,000 bytes are kept" in told
    assert "the same command again, it resumes from there" in told
    download(address, tmp_path / "file", None, ONCE)
    assert site.asked[-1] == ("/file", "bytes=3000-", '"one"')
    assert (tmp_path / "file").read_bytes() == BODY
    assert names(tmp_path) == {"file"}


def test_a_server_without_parts_sends_the_whole_again(site: Site, tmp_path: Path) -> None:
    download(site.put("/file", Page(BODY, ranges=False, breaks=[5000])), tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY
    assert [asked for _, asked, _ in site.asked] == [None, "bytes=5000-"]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_mark_of_the_version_no_part_is_asked_for(site: Site, tmp_path: Path, etag: str | None) -> None:
    download(site.put("/file", Page(BODY, etag=etag, breaks=[5000])), tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY
    assert [asked for _, asked, _ in site.asked] == [None, None]


def test_a_file_that_changes_between_two_calls_is_never_mixed(site: Site, tmp_path: Path) -> None:
    address = site.put("/file", Page(BODY, breaks=[5000]))
    fails(address, tmp_path / "file", ONCE)
    site.put("/file", Page(OTHER, etag='"two"'))
    download(address, tmp_path / "file", None, ONCE)
    assert site.asked[-1] == ("/file", "bytes=5000-", '"one"')
    assert (tmp_path / "file").read_bytes() == OTHER


@pytest.mark.parametrize(
    "page",
    [
        Page(OTHER, etag='"two"', heedless=True),
        Page(BODY, headers={"Content-Range": f"bytes 4000-{len(BODY) - 1}/{len(BODY)}"}),
        Page(BODY, headers={"Content-Range": f"bytes 5000-{len(BODY)}/{len(BODY) + 1}"}),
        Page(BODY, headers={"Content-Range": "lines 1-2"}),
    ],
)
def test_a_part_of_another_version_or_position_is_not_taken(site: Site, tmp_path: Path, page: Page) -> None:
    address = site.put("/file", Page(BODY, breaks=[5000]))
    fails(address, tmp_path / "file", ONCE)
    site.put("/file", page)
    assert "another range than the one requested" in fails(address, tmp_path / "file", ONCE)
    assert names(tmp_path) == set()


def test_a_part_shorter_than_asked_for_is_gone_on_from(site: Site, tmp_path: Path) -> None:
    download(site.put("/file", Page(BODY, breaks=[5000], most=len(BODY) - 6000)), tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY
    assert [asked for _, asked, _ in site.asked] == [None, "bytes=5000-", f"bytes={len(BODY) - 1000}-"]


def test_parts_of_another_address_are_not_gone_on_from(site: Site, tmp_path: Path) -> None:
    fails(site.put("/old", Page(BODY, breaks=[5000])), tmp_path / "file", ONCE)
    download(site.put("/new", Page(OTHER)), tmp_path / "file", None, ONCE)
    assert site.asked[-1] == ("/new", None, None)
    assert (tmp_path / "file").read_bytes() == OTHER


@pytest.mark.parametrize("note", ["", "[]", '{"address": 1}', "\x00"])
def test_a_damaged_note_begins_anew(site: Site, tmp_path: Path, note: str) -> None:
    address = site.put("/file", Page(BODY, breaks=[5000]))
    fails(address, tmp_path / "file", ONCE)
    (tmp_path / "file.part.json").write_text(note)
    download(address, tmp_path / "file", None, ONCE)
    assert site.asked[-1] == ("/file", None, None)
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_file_complete_before_the_last_step_needs_no_request(site: Site, tmp_path: Path) -> None:
    address = site.put("/file", Page(BODY, breaks=[5000]))
    fails(address, tmp_path / "file", ONCE)
    (tmp_path / "file.part").write_bytes(BODY)
    download(address, tmp_path / "file", None, ONCE)
    assert len(site.asked) == 1
    assert (tmp_path / "file").read_bytes() == BODY


def test_more_bytes_here_than_there_begin_anew(site: Site, tmp_path: Path) -> None:
    address = site.put("/file", Page(BODY, breaks=[5000]))
    fails(address, tmp_path / "file", ONCE)
    (tmp_path / "file.part").write_bytes(BODY + b"more")
    download(address, tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY


def test_wrong_bytes_are_deleted(site: Site, tmp_path: Path) -> None:
    told = fails(site.put("/file", Page(OTHER)), tmp_path / "file", sha256=hashlib.sha256(BODY).hexdigest())
    assert "other bytes than those listed" in told
    assert names(tmp_path) == set()


def test_an_announcement_of_more_bytes_than_come_is_noticed(site: Site, tmp_path: Path) -> None:
    page = Page(BODY, headers={"Content-Length": str(len(BODY) + 1)})
    assert "could not be downloaded in 3 attempts" in fails(site.put("/file", page), tmp_path / "file")


def test_a_missing_page_is_said_at_once(site: Site, tmp_path: Path) -> None:
    assert "answers 404 Not Found: the file may have moved" in fails(f"{site.address}/none", tmp_path / "file")
    assert len(site.asked) == 1


def test_a_busy_server_is_asked_again(site: Site, tmp_path: Path) -> None:
    download(site.put("/file", Page(BODY, statuses=[500, 503])), tmp_path / "file", None, HASTY)
    assert (tmp_path / "file").read_bytes() == BODY
    assert len(site.asked) == 3


def test_a_server_that_stays_busy_ends_in_a_sentence(site: Site, tmp_path: Path) -> None:
    told = fails(site.put("/file", Page(BODY, statuses=[500] * 9)), tmp_path / "file")
    assert "the server answers 500 Internal Server Error" in told
    assert len(site.asked) == 3


@pytest.mark.parametrize(
    "page",
    [
        Page(b"anything", headers={"Content-Type": "text/html; charset=utf-8"}),
        Page(b"\n <!DOCTYPE html><p>Too many downloads"),
    ],
)
def test_a_web_page_is_no_file(site: Site, tmp_path: Path, page: Page) -> None:
    assert "returned a web page instead of the file" in fails(site.put("/file", page), tmp_path / "file")
    assert names(tmp_path) == set()


def test_an_empty_file_is_no_file(site: Site, tmp_path: Path) -> None:
    assert "returned an empty file" in fails(site.put("/file", Page(b"")), tmp_path / "file")


def test_a_redirect_is_followed_to_http_only(site: Site, tmp_path: Path) -> None:
    site.put("/file", Page(BODY))
    download(
        site.put("/moved", Page(b"", statuses=[302], headers={"Location": "/file"})), tmp_path / "file", None, ONCE
    )
    assert (tmp_path / "file").read_bytes() == BODY
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        address = site.put("/away", Page(b"", statuses=[302], headers={"Location": place}))
        assert "neither http nor https" in fails(address, tmp_path / "other")


def test_endless_redirects_end_in_a_sentence(site: Site, tmp_path: Path) -> None:
    address = site.put("/round", Page(b"", statuses=[302] * 99, headers={"Location": "/round"}))
    assert "cannot be fetched" in fails(address, tmp_path / "file")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "bc2gm"])
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    assert "neither http nor https" in fails(address, tmp_path / "file")


def test_a_host_that_does_not_answer_ends_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    told = fails(address, tmp_path / "file")
    assert "0 bytes are kept" in told
    assert "refused" in told


def test_bytes_are_kept_as_sent_also_where_the_server_calls_the_packing_an_encoding(site: Site, tmp_path: Path) -> None:
    download(site.put("/a.tgz", Page(BODY, headers={"Content-Encoding": "x-gzip"})), tmp_path / "a.tgz", None, ONCE)
    assert (tmp_path / "a.tgz").read_bytes() == BODY


def test_a_file_that_cannot_be_written_is_said(site: Site, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    assert "cannot be written" in fails(site.put("/file", Page(BODY)), tmp_path / "folder" / "file")
