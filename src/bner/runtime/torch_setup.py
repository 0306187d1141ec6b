"""Settings of torch for a process."""

from __future__ import annotations

import torch


def prepare(threads: int | None) -> None:
    """Set the number of threads, and flush denormals to zero, since denormal gradients slow arithmetic down many times.

    Args:
        threads: threads of tensor operations; None leaves torch's default, one for each core.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
