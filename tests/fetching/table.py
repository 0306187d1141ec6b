"""A small table, its server's pages, and the files of a data folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from bner.fetching.download import RetryPolicy
from bner.fetching.fetch import fetch
from bner.fetching.resources import Download, Resource, WantedFile
from tests.fetching.archives import tar_gz, zipped
from tests.fetching.site import Page, Site

TRAIN, TEST, VECTORS = b"S1 train\n", b"S1 test\n", os.urandom(200_000)
HASTY = RetryPolicy(attempts=2, pause=0.0, connect=2.0, read=2.0)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put_table(site: Site) -> tuple[Resource, ...]:
    """A corpus of two archives, vectors in a zip without a hash, and vectors that are the download itself."""

    def put(path: str, body: bytes, *files: WantedFile, sha256: str | None = None) -> Download:
        return Download(path, site.put(f"/{path}", Page(body)), files, sha256)

    def made(name: str, *downloads: Download) -> Resource:
        return Resource(name, f"the {name}", "1 kB", "free", f"Somebody 2001, The {name}", downloads)

    train = WantedFile("corpora/c/train/train.in", "train/train.in", sha256=sha256(TRAIN))
    test = WantedFile("corpora/c/test/test.in", "test/test.in", sha256=sha256(TEST))
    vectors = WantedFile("embeddings/v.bin", sha256=sha256(VECTORS))
    texts = [WantedFile(f"embeddings/{name}.txt", f"{name}.txt") for name in "ab"]
    return (
        made(
            "corpus",
            put("train.tar.gz", tar_gz({"top/train/train.in": TRAIN, "top/README": b"no"}), train),
            put("test.tar.gz", tar_gz({"test/test.in": TEST}), test),
        ),
        made("packed", put("v.zip", zipped({"a.txt": b"a", "b.txt": b"b"}), *texts)),
        made("plain", put("v.bin", VECTORS, vectors, sha256=sha256(VECTORS))),
    )


def files(data: Path) -> dict[str, bytes]:
    """The files in the data folder, without the empty lock files."""
    found = {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


def fetched(names: list[str], data: Path, table: tuple[Resource, ...], **flags: bool) -> list[str]:
    said: list[str] = []
    fetch(names, data, table, retries=HASTY, say=said.append, **flags)  # type: ignore[arg-type]
    return said
