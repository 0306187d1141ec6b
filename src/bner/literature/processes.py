"""What every process of a pool begins with, and what is said when one is killed."""

from __future__ import annotations

import signal

KILLED = (
    "a process that reads the text was killed, perhaps for want of memory: use fewer --workers; the same command goes "
    "on from the last finished shard."
)


def ignore_interrupts() -> None:
    """Leaves Ctrl-C to the process that made the pool; it ends its processes itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
