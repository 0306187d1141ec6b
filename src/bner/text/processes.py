"""What every process of a pool begins with."""

from __future__ import annotations

import signal


def ignore_interrupts() -> None:
    """Leaves Ctrl-C to the process that made the pool; it ends its processes itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
