"""Resumable download over HTTP.

Bytes are collected in NAME.part; NAME.part.json has the address that they come from and the version of the file. A
server is asked for the rest of that version only (If-Range), so that two versions are never mixed.
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
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses after which a retry may succeed
_TRANSIENT = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)

Report = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retries and timeouts of a download.

    Attributes:
        attempts: number of requests before the download fails.
        pause: seconds before the second attempt; each further pause is twice as long.
        connect: timeout of the connection, in seconds.
        read: timeout between two blocks of data, in seconds.
    """

    attempts: int = 5
    pause: float = 1.0
    connect: float = 15.0
    read: float = 60.0


@dataclass(frozen=True, slots=True)
class _Version:
    """Version of the file that a part belongs to: the address, the server's validator, the whole length."""

    address: str
    validator: str | None
    length: int | None


class _IncompleteError(Exception):
    """The server closed the connection early, or is busy; a retry may succeed."""


def download(
    address: str,
    path: Path,
    sha256: str | None = None,
    retries: RetryPolicy | None = None,
    report: Report | None = None,
) -> None:
    """Download `address` to `path`, and resume where an earlier call was interrupted.

    Args:
        address: http or https, also where redirects lead.
        path: the file to write; its bytes are collected beside it until they are complete.
        sha256: the expected hash, where known.
        retries: retries and timeouts.
        report: called with the number of bytes so far and, where known, the length.

    Raises:
        BnerError: the address is refused, returns a web page, or fails at every attempt; its bytes have another hash;
            or the disk is full.
    """
    retries = retries or RetryPolicy()
    if urlsplit(address).scheme not in ("http", "https"):
        raise BnerError(f"{address} is neither http nor https: use another address.")
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with requests.Session() as session:
            _gather(session, address, part, retries, report or (lambda done, length: None))
        _check(address, part, sha256)
        sync(part)
        part.replace(path)
        _note(part).unlink(missing_ok=True)
    except OSError as error:  # requests' own errors are OSErrors too, but _gather lets none of them out
        raise BnerError(
            f"{path} cannot be written ({error.strerror}): free some space or choose another folder."
        ) from error


def _gather(session: requests.Session, address: str, part: Path, retries: RetryPolicy, report: Report) -> None:
    """Complete `part`, in as many attempts as `retries` allows."""
    trouble = ""
    for attempt in range(retries.attempts):
        if attempt:
            time.sleep(retries.pause * 2 ** (attempt - 1))
        try:
            _attempt(session, address, part, retries, report)
            return
        except _IncompleteError as error:
            trouble = one_line(error)
        except _TRANSIENT as error:
            trouble = _cause(error)
        except requests.exceptions.InvalidSchema as error:
            raise BnerError(f"{address} leads to an address that is neither http nor https: it is refused.") from error
        except requests.RequestException as error:
            raise BnerError(f"{address} cannot be fetched ({one_line(error)}): check the address.") from error
    size = part.stat().st_size if part.exists() else 0
    raise BnerError(
        f"{address} could not be downloaded in {retries.attempts} attempts, {size:,} bytes are kept ({trouble}): "
        "check the network and run the same command again, it resumes from there."
    )


def _attempt(session: requests.Session, address: str, part: Path, retries: RetryPolicy, report: Report) -> None:
    """Send one request, and return when `part` is complete."""
    version = _version_of(part, address)
    have = part.stat().st_size if version else 0
    if version and version.length is not None and have == version.length:
        report(have, version.length)
        return
    # with compressed transfer, lengths and positions would be those of other bytes
    headers = {"Accept-Encoding": "identity"}
    if version and version.validator and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version.validator}
    timeout = (retries.connect, retries.read)
    with session.get(address, headers=headers, stream=True, timeout=timeout) as response:
        _check_status(address, response, part)
        if response.status_code == 206:
            start, length = _content_range(response)
            if version is None or "Range" not in headers or start != have or not _same(version, response, length):
                _forget(part)
                raise _IncompleteError("the server sent another range than the one requested")
            length = length or version.length
        else:
            _forget(part)
            have, length = 0, _content_length(response)
            write_lines(_note(part), [json.dumps(asdict(_Version(address, _validator(response), length)))])
        _append(response, part, have, length, report)


def _check_status(address: str, response: requests.Response, part: Path) -> None:
    """Check that the response is a file or a part of one."""
    status = response.status_code
    if status == 416:  # the file has become shorter than the part
        _forget(part)
        raise _IncompleteError("the server has no bytes beyond those of the part")
    if status in _BUSY:
        raise _IncompleteError(f"the server answers {status} {response.reason}")
    if status not in (200, 206):
        raise BnerError(
            f"{address} answers {status} {response.reason}: the file may have moved, look for its new address."
        )
    if response.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml")):
        raise _page(address)


def _append(response: requests.Response, part: Path, have: int, length: int | None, report: Report) -> None:
    """Append the body to the part and compare the length."""
    report(have, length)
    with part.open("ab") as file:
        for block in response.raw.stream(_BLOCK, decode_content=False):
            file.write(block)
            have += len(block)
            report(have, length)
    if length is not None and have < length:
        raise _IncompleteError(f"the server announced {length:,} bytes")
    if length is not None and have > length:
        _forget(part)
        raise _IncompleteError("the server sent more bytes than it announced")


def _check(address: str, part: Path, sha256: str | None) -> None:
    """Check the complete file; a wrong one is deleted, since it is useless to resume it."""
    with part.open("rb") as file:
        beginning = file.read(512).lstrip().lower()
    if not beginning:
        _forget(part)
        raise BnerError(f"{address} returned an empty file: try again later or look for its new address.")
    if beginning.startswith((b"<!doctype html", b"<html")):
        _forget(part)
        raise _page(address)
    if sha256 is not None and sha256_of_files([part]) != sha256:
        _forget(part)
        raise BnerError(
            f"{address} returned other bytes than those listed (SHA-256 differs), and they were deleted: "
            "try again; if it happens again, the published file has changed."
        )


def _page(address: str) -> BnerError:
    return BnerError(
        f"{address} returned a web page instead of the file: open it in a browser to see what the server requires."
    )


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    """Delete the bytes before the note, so that they are never beside the note of another version."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _version_of(part: Path, address: str) -> _Version | None:
    """Return the version that the part belongs to; None where there is nothing to resume."""
    try:
        version = _Version(**json.loads(_note(part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # no note or an unreadable one: the download starts again
        return None
    return version if part.exists() and version.address == address else None


def _validator(response: requests.Response) -> str | None:
    """Return the validator for If-Range: a strong ETag, or else the date."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _same(version: _Version, response: requests.Response, length: int | None) -> bool:
    """Return whether a range is of the version of the part; a server may omit the validator and the length."""
    return _validator(response) in (version.validator, None) and (
        None in (version.length, length) or version.length == length
    )


def _content_length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _content_range(response: requests.Response) -> tuple[int | None, int | None]:
    """Return the first byte of a range and the length of the whole file."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if not found:
        return None, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a network error, in the words of the system."""
    while error.__context__ is not None:
        error = error.__context__
    return one_line(error) or type(error).__name__
