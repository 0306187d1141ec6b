"""Number of processor cores of a process."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Return the number of processor cores that this process may use, or of the machine where that cannot be asked."""
    if hasattr(os, "sched_getaffinity"):  # Linux; a scheduler such as Slurm gives a job some of a machine's cores
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
