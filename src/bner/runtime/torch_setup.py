"""Settings of torch for a process."""

from __future__ import annotations

import ctypes
import sys

import torch

# Of glibc's malloc.h: which blocks are mapped by themselves, and how much free memory at the heap's end is kept.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_MAPPED_FROM, _KEPT = 32 << 20, 512 << 20  # bytes


def prepare(threads: int | None, matmul_precision: str = "highest") -> None:
    """Set threads and precision, and flush denormals to zero, since denormal gradients slow arithmetic down many times.

    Args:
        threads: threads of tensor operations; None leaves torch's default, one for each core.
        matmul_precision: of products of 32-bit matrices: `highest` computes in 32 bits; `high` and `medium` may use
            TF32 or bfloat16 inside, where the processor has units for them.
    """
    _keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(matmul_precision)
    torch.set_flush_denormal(True)


def _keep_freed_memory() -> None:
    """Let malloc keep what one training step frees for the next one, which else would fault in each page again."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _MAPPED_FROM)
        mallopt(_TRIM_THRESHOLD, _KEPT)
