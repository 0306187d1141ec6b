"""Fetching of resources: download, unpack, check, and only then move every file to its path."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from bner.errors import BnerError
from bner.fetching.checks import is_as_listed
from bner.fetching.download import RetryPolicy, download
from bner.fetching.resources import Download, Resource, WantedFile
from bner.fetching.unpack import BadArchiveError, unpack
from bner.runtime.files import sync
from bner.runtime.locks import wait_for_lock

DOWNLOADS = ".downloads"

Say = Callable[[str], None]


def listing(table: Sequence[Resource]) -> list[str]:
    """Describe the table in lines: names, sizes, licences and addresses."""
    lines = []
    for resource in table:
        lines.append(f"{resource.name:10}{resource.what}")
        lines.append(f"{'':10}size: {resource.size or 'unknown'}; licence: {resource.licence}")
        lines += [f"{'':10}{download.address}" for download in resource.downloads]
    return lines


def fetch(
    names: Sequence[str],
    data: Path,
    table: Sequence[Resource],
    *,
    force: bool = False,
    keep: bool = False,
    retries: RetryPolicy | None = None,
    say: Say = print,
) -> None:
    """Fetch resources into the data folder, one after the other.

    Args:
        names: names of resources in the table.
        data: the data folder.
        table: the known resources.
        force: fetch again and replace existing files.
        keep: keep the downloads in the data folder's .downloads.
        retries: retries and timeouts of a download.
        say: called with lines that describe the progress.

    Raises:
        BnerError: a name is unknown, an existing file is not the one that the table lists, a download fails (see
            `download`), an archive is refused (see `unpack`), or contents are not as listed. Files are moved to their
            paths only when all of the resource's new ones are right.
    """
    known = {resource.name: resource for resource in table}
    for name in names:
        if name not in known:
            raise BnerError(f"there is no resource '{name}': choose from {', '.join(known)}.")
    for name in dict.fromkeys(names):
        if not force and not _missing(known[name], data):  # before the lock: the folder may be read-only
            say(f"{name}: already exists")
            continue
        waiting = partial(say, f"{name}: another process is fetching it, waiting for it to end")
        with wait_for_lock(data / DOWNLOADS / f"{name}.lock", waiting):
            _fetch_one(known[name], data, force, keep, retries, say)


def _fetch_one(resource: Resource, data: Path, force: bool, keep: bool, retries: RetryPolicy | None, say: Say) -> None:
    missing = list(resource.files) if force else _missing(resource, data)
    if not missing:
        say(f"{resource.name}: already exists")
        return
    staged: dict[WantedFile, Path] = {}
    archives = []
    try:
        for source in resource.downloads:
            files = [file for file in source.files if file in missing]
            if not files:
                continue
            archive = data / DOWNLOADS / source.name
            archives.append(archive)
            if force:
                archive.unlink(missing_ok=True)
            if not archive.exists():  # else it was kept, or an earlier call was interrupted after it
                _download_from_first(resource.name, source, archive, retries, say)
            for file in files:
                staged[file] = _beside(data / file.target)
            _extract(source, archive, {file: staged[file] for file in files}, keep)
        _move(data, staged, force)
    except OSError as error:
        raise BnerError(
            f"{resource.name} cannot be written to {data} ({error.strerror}): free some space or choose another folder."
        ) from error
    finally:
        for path in staged.values():
            path.unlink(missing_ok=True)
    if not keep:
        for archive in archives:
            archive.unlink(missing_ok=True)
    for file in staged:
        say(f"{resource.name}: {data / file.target}")
    say(f"{resource.name}: licence: {resource.licence}; please cite: {resource.citation}")


def _missing(resource: Resource, data: Path) -> list[WantedFile]:
    """List the files that do not exist; one with other contents is the user's and is replaced only by `force`."""
    missing = []
    for file in resource.files:
        path = data / file.target
        if not path.exists():
            missing.append(file)
        elif not is_as_listed(path, file):
            raise BnerError(f"{path} exists and is not the published file: move it away, or replace it with --force.")
    return missing


def _download_from_first(name: str, source: Download, archive: Path, retries: RetryPolicy | None, say: Say) -> None:
    """Download from the first of the addresses that works; the error of the last one is raised."""
    *others, last = (source.address, *source.other_addresses)
    for address in others:
        say(f"{name}: fetching {address}")
        try:
            _download(source, address, archive, retries)
            return
        except BnerError as error:
            say(f"{name}: {error}")
    say(f"{name}: fetching {last}")
    _download(source, last, archive, retries)


def _download(source: Download, address: str, archive: Path, retries: RetryPolicy | None) -> None:
    """Download with a progress bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(source.name, total=None)
        download(
            address,
            archive,
            source.sha256,
            retries,
            lambda done, length: progress.update(task, completed=done, total=length),
        )


def _extract(source: Download, archive: Path, staged: dict[WantedFile, Path], keep: bool) -> None:
    """Extract the download's files beside their paths and check them; a bad download is deleted."""
    try:
        packed = {file.member: (path, file.most_bytes) for file, path in staged.items() if file.member is not None}
        if packed:
            unpack(archive, packed)
        for file, path in staged.items():
            if file.member is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                if keep:
                    shutil.copyfile(archive, path)
                else:
                    shutil.move(archive, path)
                sync(path)
            if not is_as_listed(path, file):
                raise BadArchiveError(
                    f"{source.address} has another {file.target} than the one listed, and nothing was replaced: check "
                    "whether the published file has changed."
                )
    except BadArchiveError:
        archive.unlink(missing_ok=True)
        raise


def _move(data: Path, staged: dict[WantedFile, Path], force: bool) -> None:
    """Move every file to its path, each atomically."""
    for file in staged:
        if not force and (data / file.target).exists():
            raise BnerError(f"{data / file.target} appeared in the meantime: move it away, or replace it with --force.")
    for file, path in staged.items():
        path.replace(data / file.target)
    for folder in {path.parent for path in staged.values()}:
        sync(folder)


def _beside(target: Path) -> Path:
    """Return a hidden name in the same folder, so on the same file system; always the same, so that none pile up."""
    return target.with_name(f".{target.name}.fetching")
