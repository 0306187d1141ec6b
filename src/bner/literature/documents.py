"""Documents in files, folders and archives, in a fixed order."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bner.errors import BnerError
from bner.literature.archives import BROKEN, LARGEST_MEMBER, DecompressionBombError, decompressed, members

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
_XML = (".xml", ".nxml", ".xml.gz", ".nxml.gz")
_TEXT = (".txt", ".txt.gz")
_BLOCK = 1 << 20  # bytes of plain text in one document


@dataclass(frozen=True, slots=True)
class Document:
    """Document to extract text from.

    Attributes:
        name: its name in messages: a path, and the member of an archive after a colon.
        kind: `xml` or `text`; `refused` where it is not to be read.
        content: its bytes, or the file that has them; for `refused`, the reason.
        size: its size in bytes as stored, decompressed for members of archives and for plain text.
    """

    name: str
    kind: str
    content: bytes | Path | str
    size: int


def text_files(paths: Iterable[Path]) -> list[Path]:
    """List the files to be read: those named, and in folders all whose names are those of text, in order.

    Raises:
        BnerError: a path is missing, a file is empty, or a folder has no text in it.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _readable(file.name)]
            if not inside:
                raise BnerError(f"{path} has no .xml, .nxml, .txt or .tar files in it: name another folder.")
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            raise BnerError(f"{path} does not exist: name files, folders or archives of text.")
    if empty := [file for file in files if file.stat().st_size == 0]:
        raise BnerError(f"{empty[0]} is empty: fetch it again, or leave it out.")
    return files


def documents(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of files, folders (sorted by name) and tar archives (in their order).

    In folders and archives, files other than XML (.xml, .nxml), plain text (.txt), both also .gz, and archives are
    skipped. A file that is named itself is read whatever its name: as XML where it begins with `<`, else as plain text,
    in which each line is a paragraph.

    Raises:
        BnerError: see `text_files`; an archive is broken or hostile; a file cannot be read.
    """
    for file in text_files(paths):
        yield from _file(file)


def _readable(name: str) -> bool:
    return name.lower().endswith((*_ARCHIVES, *_XML, *_TEXT))


def _file(path: Path) -> Iterator[Document]:
    if path.name.lower().endswith(_ARCHIVES):
        for name, size, content in members(path, lambda name: name.lower().endswith((*_XML, *_TEXT))):
            yield _member(f"{path}:{name}", size, content)
        return
    try:
        with decompressed(path) as stream:
            begin = stream.read(200)
            if begin.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") or begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
                yield Document(str(path), "xml", path, path.stat().st_size)
            else:
                yield from _blocks(str(path), begin, stream)
    except DecompressionBombError as error:
        raise BnerError(f"{path} is a decompression bomb, it grows far more than text does: do not use it.") from error
    except BROKEN as error:
        raise BnerError(f"{path} cannot be read ({error}): fetch it again, or leave it out.") from error


def _blocks(name: str, begin: bytes, stream: IO[bytes]) -> Iterator[Document]:
    """Yield plain text in blocks that end with a line."""
    rest = begin
    while block := stream.read(_BLOCK):
        whole, newline, tail = (rest + block).rpartition(b"\n")
        if newline:
            yield Document(name, "text", whole, len(whole))
            rest = tail
        elif len(tail) > 8 * _BLOCK:
            raise BnerError(f"{name} has a line of more than {len(tail)} bytes: one paragraph a line is expected.")
        else:
            rest = tail
    if rest.strip():
        yield Document(name, "text", rest, len(rest))


def _member(name: str, size: int, content: bytes | None) -> Document:
    if content is None:
        return Document(name, "refused", f"it has {size} bytes, more than {LARGEST_MEMBER}", size)
    lower = name.lower()
    if lower.endswith(".gz"):
        try:
            content = _bounded_gunzip(content)
        except DecompressionBombError:
            return Document(name, "refused", f"it grows to more than {LARGEST_MEMBER} bytes", size)
        except (EOFError, OSError, zlib.error) as error:
            return Document(name, "refused", f"it cannot be decompressed ({error})", size)
    return Document(name, "xml" if lower.endswith(_XML) else "text", content, len(content))


def _bounded_gunzip(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as stream:
        plain: bytes = stream.read(LARGEST_MEMBER + 1)
    if len(plain) > LARGEST_MEMBER:
        raise DecompressionBombError
    return plain
