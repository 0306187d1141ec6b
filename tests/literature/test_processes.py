"""Pools of processes: no larger than the system allows."""

from __future__ import annotations

import sys
from typing import NoReturn

import pytest

from bner.literature import processes


class _AskedError(Exception):
    """A pool of this size was asked for."""


@pytest.mark.parametrize(("platform", "expected"), [("win32", 61), ("linux", 128), ("darwin", 128)])
def test_the_largest_pool(platform: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(size: int, *_: object) -> NoReturn:
        raise _AskedError(size)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", asked)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(_AskedError, match=f"^{expected}$"):
        processes.process_pool(128).__enter__()
