"""One download over HTTP that goes on where it broke off.

Bytes gather in NAME.part; beside it NAME.part.json says where they came from and which version of the file they belong
to. A server is asked for the rest only of that very version (If-Range), so two versions are never mixed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from bner.errors import BnerError, one_line
from bner.runtime.files import sync, write_lines
from bner.runtime.hashing import sha256_of_files

_BLOCK = 1 << 16
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses that may be gone at the next try
_PASSING = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)

Report = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download is tried.

    Attributes:
        attempts: requests in all, before the user is told.
        pause: seconds before the second attempt; each further pause is twice as long.
        connect: seconds until the connection must stand.
        read: seconds that a server may stay silent.
    """

    attempts: int = 5
    pause: float = 1.0
    connect: float = 15.0
    read: float = 60.0


@dataclass(frozen=True, slots=True)
class _Version:
    """What the bytes gathered so far belong to: the address, the server's mark of the version, the whole length."""

    address: str
    mark: str | None
    length: int | None


class _BrokenOffError(Exception):
    """The server stopped before the end, or is busy; a further attempt may help."""


def download(
    address: str, path: Path, sha256: str | None = None, patience: Patience | None = None, report: Report | None = None
) -> None:
    """Fetches what is at `address` into `path`, from where an earlier call broke off.

    Args:
        address: http or https; redirects may lead nowhere else.
        path: where the whole file goes; its bytes gather beside it until they are complete.
        sha256: what the file must have, where known.
        patience: attempts and timeouts.
        report: told the bytes there so far and, where known, the length.

    Raises:
        BnerError: the address is refused, gives a page in place of a file, breaks off at every attempt, or its bytes
            are wrong; or the disk is full.
    """
    patience = patience or Patience()
    if urlsplit(address).scheme not in ("http", "https"):
        raise BnerError(f"{address} is neither http nor https: give another address.")
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with requests.Session() as session:
            _gather(session, address, part, patience, report or (lambda done, length: None))
        _check(address, part, sha256)
        sync(part)
        part.replace(path)
        _note(part).unlink(missing_ok=True)
    except OSError as error:  # requests' own errors are OSErrors too, but _gather lets none of them out
        raise BnerError(
            f"{path} cannot be written ({error.strerror}): free some space or choose another folder."
        ) from error


def _gather(session: requests.Session, address: str, part: Path, patience: Patience, report: Report) -> None:
    """Fills `part` to its end, in as many attempts as `patience` allows."""
    trouble = ""
    for attempt in range(patience.attempts):
        if attempt:
            time.sleep(patience.pause * 2 ** (attempt - 1))
        try:
            _attempt(session, address, part, patience, report)
            return
        except _BrokenOffError as error:
            trouble = one_line(error)
        except _PASSING as error:
            trouble = _cause(error)
        except requests.exceptions.InvalidSchema as error:
            raise BnerError(f"{address} leads to an address that is neither http nor https: it is refused.") from error
        except requests.RequestException as error:
            raise BnerError(f"{address} cannot be fetched ({one_line(error)}): check the address.") from error
    there = part.stat().st_size if part.exists() else 0
    raise BnerError(
        f"{address} did not come whole in {patience.attempts} attempts, {there:,} bytes are here ({trouble}): "
        "check the network and give the same command again, it goes on from there."
    )


def _attempt(session: requests.Session, address: str, part: Path, patience: Patience, report: Report) -> None:
    """One request; returns when `part` is complete."""
    version = _version_of(part, address)
    have = part.stat().st_size if version else 0
    if version and version.length is not None and have == version.length:
        report(have, version.length)
        return
    # compressed on the way, the lengths and places would be those of other bytes
    headers = {"Accept-Encoding": "identity"}
    if version and version.mark and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version.mark}
    timeout = (patience.connect, patience.read)
    with session.get(address, headers=headers, stream=True, timeout=timeout) as response:
        _check_status(address, response, part)
        if response.status_code == 206:
            start, length = _content_range(response)
            if version is None or "Range" not in headers or start != have or not _same(version, response, length):
                _forget(part)
                raise _BrokenOffError("the server sent another part than the one asked for")
            length = length or version.length
        else:
            _forget(part)
            have, length = 0, _content_length(response)
            write_lines(_note(part), [json.dumps(asdict(_Version(address, _mark(response), length)))])
        _append(response, part, have, length, report)


def _check_status(address: str, response: requests.Response, part: Path) -> None:
    """Lets a file or a part of it pass."""
    status = response.status_code
    if status == 416:  # the file has become shorter than what is here
        _forget(part)
        raise _BrokenOffError("the server has no bytes beyond those that were here")
    if status in _BUSY:
        raise _BrokenOffError(f"the server answers {status} {response.reason}")
    if status not in (200, 206):
        raise BnerError(
            f"{address} answers {status} {response.reason}: the file may have moved, look for its new place."
        )
    if response.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml")):
        raise _page(address)


def _append(response: requests.Response, part: Path, have: int, length: int | None, report: Report) -> None:
    """Writes the body behind what is there and compares the length."""
    report(have, length)
    with part.open("ab") as file:
        for block in response.raw.stream(_BLOCK, decode_content=False):
            file.write(block)
            have += len(block)
            report(have, length)
    if length is not None and have < length:
        raise _BrokenOffError(f"{length:,} bytes were promised")
    if length is not None and have > length:
        _forget(part)
        raise _BrokenOffError("the server sent more bytes than it promised")


def _check(address: str, part: Path, sha256: str | None) -> None:
    """Lets the complete file pass; a wrong one is deleted, since going on from it is no use."""
    with part.open("rb") as file:
        beginning = file.read(512).lstrip().lower()
    if not beginning:
        _forget(part)
        raise BnerError(f"{address} gave an empty file: try again later or look for its new place.")
    if beginning.startswith((b"<!doctype html", b"<html")):
        _forget(part)
        raise _page(address)
    if sha256 is not None and sha256_of_files([part]) != sha256:
        _forget(part)
        raise BnerError(
            f"{address} gave other bytes than those listed (SHA-256 differs), and they are deleted: "
            "try again, and if it stays so the published file has changed."
        )


def _page(address: str) -> BnerError:
    return BnerError(
        f"{address} gave a web page in place of the file: open it in a browser to see what the server wants."
    )


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    """Deletes the bytes before the note, so that none ever lie beside the note of another version."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _version_of(part: Path, address: str) -> _Version | None:
    """What the bytes that are here belong to; None where there are none that can be gone on from."""
    try:
        version = _Version(**json.loads(_note(part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # no note or an unreadable one: the download begins anew
        return None
    return version if part.exists() and version.address == address else None


def _mark(response: requests.Response) -> str | None:
    """What If-Range may name: a strong ETag, or else the date."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _same(version: _Version, response: requests.Response, length: int | None) -> bool:
    """Whether a part belongs to the version that is here; a server may leave the mark and the length out of a part."""
    return _mark(response) in (version.mark, None) and (None in (version.length, length) or version.length == length)


def _content_length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _content_range(response: requests.Response) -> tuple[int | None, int | None]:
    """The first byte of a part and the length of the whole."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if not found:
        return None, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _cause(error: BaseException) -> str:
    """The innermost reason of a network error, in the system's words."""
    while error.__context__ is not None:
        error = error.__context__
    return one_line(error) or type(error).__name__
