"""Termination requests: Ctrl-C and a scheduler's SIGTERM both raise KeyboardInterrupt."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Make SIGTERM raise KeyboardInterrupt within the block, as Ctrl-C does; for the main thread."""
    previous = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
