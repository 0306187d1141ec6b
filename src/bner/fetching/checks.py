"""Checks of files against the table of resources: by their bytes, or by their sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bner.errors import BnerError
from bner.fetching.resources import WantedFile
from bner.runtime.hashing import sha256_of_files

_HEADER = b"###"


def is_as_listed(path: Path, file: WantedFile) -> bool:
    """Return whether the file at `path` has the contents that the table lists; True where the table lists no hash.

    Raises:
        BnerError: the file cannot be read.
    """
    try:
        if file.sha256 is not None and sha256_of_files([path]) != file.sha256:
            return False
        return file.sentences_sha256 is None or sha256_of_sentences(path) == file.sentences_sha256
    except OSError as error:
        raise BnerError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from error


def sha256_of_sentences(path: Path) -> str:
    """Compute one SHA-256, in hexadecimal, over the headers, tokens and tags of an IOB2 file, without its blank lines.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for line in _normal(file):
            digest.update(line)
    return digest.hexdigest()


def _normal(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Normalise lines: no trailing spaces, one blank line after each sentence and each header, none elsewhere.

    >>> list(_normal([b"", b"###MEDLINE:1", b"IL-2\\tB-DNA ", b"", b"", b"T\\tO"]))
    [b'###MEDLINE:1\\n', b'\\n', b'IL-2\\tB-DNA\\n', b'\\n', b'T\\tO\\n', b'\\n']
    """
    open_sentence = False
    for line in lines:
        text = line.rstrip()
        header = text.startswith(_HEADER)
        if open_sentence and (header or not text):
            yield b"\n"
            open_sentence = False
        if text:
            yield text + b"\n"
            open_sentence = not header
        if header:
            yield b"\n"
    if open_sentence:
        yield b"\n"
