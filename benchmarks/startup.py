"""Start-up time of the commands: BNER_DATA=... python benchmarks/startup.py.

`train.py --help`, `bner --help`, and train.py from the command to the end of the first training step, on GM (without
BNER_DATA on the sample): the first time, which encodes the corpus, and again, with the encoding on disk. Each in a
process of its own; medians of the turns after one that does not count, so that files are in the page cache.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TURNS = 5
# Runs train.py as it is, and after the first update prints the time and ends the process.
PROBE = """
import os, runpy, sys, time
def stop(*_):
    print(time.time(), flush=True)
    os._exit(0)
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
from bner.training.lightning_module import TaggerModule
TaggerModule.on_train_batch_end = stop
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def main() -> None:
    """Print the table."""
    corpus = ("corpus=gm",) if "BNER_DATA" in os.environ else ("corpus=sample", "embedding=random300")
    python, train = sys.executable, str(ROOT / "train.py")
    print("| command | seconds, median | all |\n|---|---|---|")
    _row("train.py --help", [_seconds([python, train, "--help"]) for _ in range(TURNS + 1)])
    _row("bner --help", [_seconds([str(Path(python).parent / "bner"), "--help"]) for _ in range(TURNS + 1)])
    new, again = [], []
    for _ in range(TURNS + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [python, "-c", PROBE, train, *corpus, f"paths.mlruns={folder}", "tracking.system_metrics=false"]
            new.append(_until_printed(command))
            again.append(_until_printed(command))
    _row(f"train.py {corpus[0]} to the first step, nothing on disk yet", new)
    _row(f"train.py {corpus[0]} to the first step, again", again)


def _row(name: str, seconds: list[float]) -> None:
    counted = seconds[1:]
    every = ", ".join(f"{each:.2f}" for each in counted)
    print(f"| {name} | {statistics.median(counted):.2f} | {every} |", flush=True)


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _until_printed(command: list[str]) -> float:
    began = time.time()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1]) - began


if __name__ == "__main__":
    main()
