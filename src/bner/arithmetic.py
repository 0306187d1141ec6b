"""How a process computes: threads, tiny numbers, and memory that is used again instead of given back."""

from __future__ import annotations

import ctypes
import sys

import torch

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_LARGEST = 1 << 30  # bytes


def prepare(threads: int | None) -> None:
    """Sets the process up for tensors that come and go at every step.

    Vanishing gradients would slow the arithmetic down many times: they are taken as zero. And glibc gives large blocks
    back to the system as soon as they are free; a step's tensors would then be mapped, and zeroed by the system, anew
    at every step, which takes a twentieth of its time or more. Freed memory is kept for the next step instead.

    Args:
        threads: of tensor operations; None leaves torch's choice, one for each core.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        for option in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            libc.mallopt(option, _LARGEST)
