"""SHA-256 of files, with a cache, so that a sweep hashes a file of gigabytes once and not in every job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from bner.errors import BnerError
from bner.runtime.files import write_lines


def sha256_of_files(paths: Iterable[Path], cache: Path | None = None) -> str:
    """Compute one SHA-256, in hexadecimal, over the contents of the files in the order given.

    Of one file it is the hash of its content, as `sha256sum` prints it; of several it is the hash over their hashes, in
    hexadecimal and one a line.

    Args:
        paths: the files.
        cache: a folder that keeps each file's hash, see `sha256_of_file`.

    Raises:
        BnerError: a file cannot be read, or the cache cannot be written.
    """
    hashes = [sha256_of_file(path, cache) for path in paths]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(f"{one}\n" for one in hashes).encode()).hexdigest()


def sha256_of_file(path: Path, cache: Path | None = None) -> str:
    """Compute the SHA-256 of a file's content, in hexadecimal.

    Args:
        path: the file.
        cache: a folder that keeps one small JSON file for each path. Its hash is used as long as size and time of
            modification are the same; an entry that cannot be read is computed again. Several processes may share it.

    Raises:
        BnerError: the file cannot be read, or the cache cannot be written.
    """
    try:
        if cache is None:
            return _computed(path)
        name = str(path.absolute())
        entry = cache / f"{hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()}.json"
        state = _state(path)
        cached = _cached(entry, name, state)
        if cached is not None:
            return cached
        sha256 = _computed(path)
        unchanged = _state(path) == state
    except OSError as error:
        raise BnerError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from error
    if unchanged:  # else it was written to in the meantime, and the hash may be of neither content
        write_lines(entry, [json.dumps({"path": name, **state, "sha256": sha256})])
    return sha256


def _computed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(path: Path) -> dict[str, int]:
    """Return what tells, without reading it, whether a file has changed."""
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _cached(entry: Path, name: str, state: dict[str, int]) -> str | None:
    """Return the hash that a cache entry holds for a file in this state; None where there is none, or it is broken."""
    try:
        fields = json.loads(entry.read_bytes())
        sha256 = fields.pop("sha256")
        whole = fields == {"path": name, **state} and isinstance(sha256, str) and len(bytes.fromhex(sha256)) == 32
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return sha256 if whole else None
