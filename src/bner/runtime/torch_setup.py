"""How a process computes."""

from __future__ import annotations

import torch


def prepare(threads: int | None) -> None:
    """Sets the number of threads, and takes vanishing numbers as zero.

    Vanishing gradients would otherwise slow the arithmetic down many times.

    Args:
        threads: of tensor operations; None leaves torch's choice, one for each core.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
