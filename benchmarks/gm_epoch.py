"""Seconds of one training epoch and peak memory of a whole run: BNER_DATA=... python benchmarks/gm_epoch.py.

Runs train.py for one epoch of the paper's best model in a process of its own, with the overrides that are given
(`corpus=jnlpba`, `trainer.threads=1`), and prints the epoch's seconds and tokens a second, the seconds of the whole
command, and the largest resident set of the process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mlflow.tracking import MlflowClient

TRAIN = Path(__file__).resolve().parent.parent / "train.py"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["trainer.max_epochs=1", f"paths.mlruns={folder}", *sys.argv[1:]]
        began = time.perf_counter()
        subprocess.run([sys.executable, str(TRAIN), *words], check=True, stdout=subprocess.DEVNULL)
        whole = time.perf_counter() - began
        client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
        (run,) = client.search_runs([client.get_experiment_by_name("bner").experiment_id])
    print(run.info.run_name)
    print(f"epoch          {run.data.metrics['train/seconds']:.1f} s")
    print(f"tokens/s       {run.data.metrics['train/tokens_per_second']:.0f}")
    print(f"whole command  {whole:.1f} s")
    print(f"peak memory    {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
