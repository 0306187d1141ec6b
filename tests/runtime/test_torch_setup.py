"""A process set up for training."""

from __future__ import annotations

import subprocess
import sys


def test_threads_and_tiny_numbers() -> None:
    program = (
        "import torch; from bner.runtime.torch_setup import prepare; before = torch.get_num_threads(); prepare(None);"
        "assert torch.get_num_threads() == before; prepare(1); assert torch.get_num_threads() == 1;"
        "assert torch.get_float32_matmul_precision() == 'highest'; prepare(1, 'medium');"
        "assert torch.get_float32_matmul_precision() == 'medium';"
        "print(float(torch.tensor([1e-30]).mul(1e-10)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) == 0.0
