"""Settings of torch for a process."""

from __future__ import annotations

import torch


def prepare(threads: int | None, matmul_precision: str = "highest") -> None:
    """Set threads and precision, and flush denormals to zero, since denormal gradients slow arithmetic down many times.

    Args:
        threads: threads of tensor operations; None leaves torch's default, one for each core.
        matmul_precision: of products of 32-bit matrices: `highest` computes in 32 bits; `high` and `medium` may use
            TF32 or bfloat16 inside, where the processor has units for them.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(matmul_precision)
    torch.set_flush_denormal(True)
