"""The class of machine that a process runs on."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from bner.runtime.cores import usable_cores


def machine_class() -> str:
    """Return the processor's model, the number of usable cores and the first GPU's model; no host name.

    >>> "core" in machine_class()
    True
    """
    cores = usable_cores()
    parts = [_processor(), f"{cores} core{'s' if cores != 1 else ''}"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name(0))
    return ", ".join(parts)


def _processor() -> str:
    """Return the model of the processor: on Linux from /proc/cpuinfo, where `platform` has the architecture only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, names), platform.processor() or platform.machine())
