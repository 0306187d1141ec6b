"""Archives built for a test."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def tar_gz(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    """A .tar.gz of files, or of members of any other kind as TarInfo."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as file:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                file.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), compresslevel=1)


def other_kind(kind: bytes, leads_to: str = "/etc/passwd") -> tarfile.TarInfo:
    """A member that is no regular file."""
    info = tarfile.TarInfo("")
    info.type, info.linkname = kind, leads_to
    return info


def zipped(members: Mapping[str, bytes], link: str = "") -> bytes:
    """A .zip of files; the one named `link` is a symbolic link as Unix writes it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((stat.S_IFLNK if name == link else stat.S_IFREG) | 0o644) << 16
            file.writestr(info, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def saved(path: Path, content: bytes) -> Path:
    """The file of these bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
