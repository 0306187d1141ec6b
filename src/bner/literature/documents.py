"""What there is to read in files, folders and archives: one document after the other, in a fixed order."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bner.errors import BnerError
from bner.literature.archives import BROKEN, LARGEST_MEMBER, SwellingError, decompressed, members

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
_XML = (".xml", ".nxml", ".xml.gz", ".nxml.gz")
_TEXT = (".txt", ".txt.gz")
_BLOCK = 1 << 20  # bytes of plain text in one document


@dataclass(frozen=True, slots=True)
class Document:
    """Something to take text from.

    Attributes:
        name: what it is called in messages: a path, with the member of an archive behind it.
        kind: `xml` or `text`; `refused` where it is not to be read.
        content: its bytes, or the file they are in; for `refused`, the reason.
        size: its bytes as they lie there, decompressed for members of archives and for plain text.
    """

    name: str
    kind: str
    content: bytes | Path | str
    size: int


def text_files(paths: Iterable[Path]) -> list[Path]:
    """The files that are to be read: those named, and in folders all that are text by their names, in order.

    Raises:
        BnerError: a path is missing, a file is empty, a folder has no text in it.
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
    """The documents of files, folders (all that is in them, by name) and tar archives (in their order).

    In folders and archives, files that are neither XML (.xml, .nxml) nor plain text (.txt), both also .gz, nor
    archives are passed over. A file that is named itself is read whatever it is called: as XML where it begins with
    `<`, else as plain text, of which each line is a paragraph.

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
    except SwellingError as error:
        raise BnerError(f"{path} grows beyond every text's measure when it is decompressed: do not use it.") from error
    except BROKEN as error:
        raise BnerError(f"{path} cannot be read ({error}): fetch it again, or leave it out.") from error


def _blocks(name: str, begin: bytes, stream: IO[bytes]) -> Iterator[Document]:
    """Plain text in blocks that end with a line."""
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
        except SwellingError:
            return Document(name, "refused", f"it grows to more than {LARGEST_MEMBER} bytes", size)
        except (EOFError, OSError, zlib.error) as error:
            return Document(name, "refused", f"it cannot be decompressed ({error})", size)
    return Document(name, "xml" if lower.endswith(_XML) else "text", content, len(content))


def _bounded_gunzip(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as stream:
        plain: bytes = stream.read(LARGEST_MEMBER + 1)
    if len(plain) > LARGEST_MEMBER:
        raise SwellingError
    return plain
