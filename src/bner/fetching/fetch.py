"""What `bner fetch` does: download, unpack, check, and only then put every file in its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from bner.errors import BnerError
from bner.fetching.checks import is_as_listed
from bner.fetching.download import Patience, download
from bner.fetching.resources import Download, Resource, WantedFile
from bner.fetching.unpack import BadArchiveError, unpack
from bner.runtime.files import sync
from bner.runtime.locks import wait_for_lock

DOWNLOADS = ".downloads"

Say = Callable[[str], None]


def listing(table: Sequence[Resource]) -> list[str]:
    """The table as lines: what there is, how much, under which licence and from where."""
    lines = []
    for resource in table:
        lines.append(f"{resource.name:10}{resource.what}")
        lines.append(f"{'':10}size: {resource.size or 'not known'}; licence: {resource.licence}")
        lines += [f"{'':10}{download.address}" for download in resource.downloads]
    return lines


def fetch(
    names: Sequence[str],
    data: Path,
    table: Sequence[Resource],
    *,
    force: bool = False,
    keep: bool = False,
    patience: Patience | None = None,
    say: Say = print,
) -> None:
    """Fetches resources into the data folder, one after the other.

    Args:
        names: which, by their names in the table.
        data: the data folder.
        table: the resources that there are.
        force: fetch again and replace files that are there.
        keep: leave the downloads in the data folder's .downloads.
        patience: attempts and timeouts of a download.
        say: told what happens, a line at a time.

    Raises:
        BnerError: an unknown name, a file that is there but is not what the table lists, a download that fails (see
            `download`), an archive that is refused (see `unpack`), or contents other than listed. Files take their
            places only when all of the resource's new ones are right.
    """
    known = {resource.name: resource for resource in table}
    for name in names:
        if name not in known:
            raise BnerError(f"there is no resource '{name}': choose from {', '.join(known)}.")
    for name in dict.fromkeys(names):
        if not force and not _missing(known[name], data):  # asked before the lock: the folder may be for reading only
            say(f"{name}: already there")
            continue
        waiting = partial(say, f"{name}: another process is fetching it, waiting for it to end")
        with wait_for_lock(data / DOWNLOADS / f"{name}.lock", waiting):
            _fetch_one(known[name], data, force, keep, patience, say)


def _fetch_one(resource: Resource, data: Path, force: bool, keep: bool, patience: Patience | None, say: Say) -> None:
    missing = list(resource.files) if force else _missing(resource, data)
    if not missing:
        say(f"{resource.name}: already there")
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
            if not archive.exists():  # else it was kept, or an earlier call was stopped after it
                _download_from_any(resource.name, source, archive, patience, say)
            for file in files:
                staged[file] = _beside(data / file.target)
            _take_out(source, archive, {file: staged[file] for file in files}, keep)
        _place(data, staged, force)
    except OSError as error:
        raise BnerError(
            f"{data} cannot take {resource.name} ({error.strerror}): free some space or choose another folder."
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
    """The files that are not in their places; one with other contents is the user's and not touched unasked."""
    missing = []
    for file in resource.files:
        path = data / file.target
        if not path.exists():
            missing.append(file)
        elif not is_as_listed(path, file):
            raise BnerError(f"{path} is there but is not the published file: move it away, or replace it with --force.")
    return missing


def _download_from_any(name: str, source: Download, archive: Path, patience: Patience | None, say: Say) -> None:
    """The download from the first of its addresses that gives it; the last one's error is the user's."""
    *others, last = (source.address, *source.other_addresses)
    for address in others:
        say(f"{name}: fetching {address}")
        try:
            _download(source, address, archive, patience)
            return
        except BnerError as error:
            say(f"{name}: {error}")
    say(f"{name}: fetching {last}")
    _download(source, last, archive, patience)


def _download(source: Download, address: str, archive: Path, patience: Patience | None) -> None:
    """One download with a bar on standard error, where that is a terminal."""
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
            patience,
            lambda done, length: progress.update(task, completed=done, total=length),
        )


def _take_out(source: Download, archive: Path, staged: dict[WantedFile, Path], keep: bool) -> None:
    """Puts the download's files beside their places and checks them; a download that proves bad is deleted."""
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
                    f"{source.address} holds another {file.target} than the one listed: nothing is put in its place, "
                    "look whether the published file has changed."
                )
    except BadArchiveError:
        archive.unlink(missing_ok=True)
        raise


def _place(data: Path, staged: dict[WantedFile, Path], force: bool) -> None:
    """Every file into its place, each by one step of the file system."""
    for file in staged:
        if not force and (data / file.target).exists():
            raise BnerError(f"{data / file.target} appeared in the meantime: move it away, or replace it with --force.")
    for file, path in staged.items():
        path.replace(data / file.target)
    for folder in {path.parent for path in staged.values()}:
        sync(folder)


def _beside(target: Path) -> Path:
    """A hidden name in the same folder, so on the same file system; always the same, so that none are left lying."""
    return target.with_name(f".{target.name}.fetching")
