"""A real HTTP server on loopback that can break off, lie and forget."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What stands at one path, and how the server behaves there.

    Attributes:
        body: the file.
        etag: its mark; None sends none.
        modified: its date; None sends none.
        ranges: whether a part can be asked for.
        heedless: whether a part is sent whatever version was asked for.
        most: the most bytes that a part has, fewer than were asked for.
        breaks: for each of the first requests, how many bytes of the body are sent before the line is cut.
        statuses: for each of the first requests, a status that is answered instead of the file.
        hold: how many seconds a line that is about to be cut is held.
        headers: further headers, or others instead of the usual ones.
    """

    body: bytes
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    heedless: bool = False
    most: int | None = None
    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    hold: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """Its address, its pages, and what it was asked: the path and the two headers of a part, a request each."""

    address: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def put(self, path: str, page: Page) -> str:
        """The address of the page."""
        self.pages[path] = page
        return self.address + path


@contextmanager
def served() -> Iterator[Site]:
    """A site for as long as the block lasts."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, site)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    asked, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    site.asked.append((handler.path, asked, condition))
    page = site.pages.get(handler.path)
    if page is None or page.statuses:
        handler.send_response(page.statuses.pop(0) if page else 404)
        for name, value in (page.headers if page else {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    start, end, status = 0, len(page.body), 200
    headers = {"ETag": page.etag, "Last-Modified": page.modified}
    if asked and page.ranges and (page.heedless or condition in (page.etag, page.modified, None)):
        start, status = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]), 206  # type: ignore[index]
        end = min(len(page.body), start + (page.most or len(page.body)))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(page.body)}"
    if start >= len(page.body) > 0:
        status, headers["Content-Range"] = 416, f"bytes */{len(page.body)}"
    body = page.body[start:end] if status != 416 else b""
    headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(len(body)), **page.headers}
    handler.send_response(status)
    for name, value in headers.items():
        if value is not None:
            handler.send_header(name, value)
    handler.end_headers()
    if page.breaks:
        handler.wfile.write(body[: page.breaks.pop(0)])
        time.sleep(page.hold)
    else:
        handler.wfile.write(body)
