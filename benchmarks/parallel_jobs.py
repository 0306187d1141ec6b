"""Eight jobs at a time on one sqlite store: is a run lost, duplicated, left RUNNING, or locked out?

    python benchmarks/parallel_jobs.py [--times 20]

Each time a new store, a sweep of eight seeds on the sample corpus with the joblib launcher, then the same sweep again,
which should create no run. Prints a line each time, and at the end how many times there was a problem.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JOBS = 8


def main() -> None:
    """Print the lines; the exit code is 1 where there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    wrong = 0
    for number in range(1, times + 1):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            outputs = [_sweep(Path(folder)), _sweep(Path(folder))]
            seconds = time.perf_counter() - began
            problems = _problems(Path(folder), outputs)
        wrong += bool(problems)
        print(
            f"{number}: {seconds:.0f} s, {'; '.join(problems) or f'{JOBS + 1} runs FINISHED, none lost or duplicated'}",
            flush=True,
        )
    print(f"{times} times {JOBS} jobs: {wrong} times with a problem")
    sys.exit(wrong > 0)


def _sweep(folder: Path) -> str:
    words = [
        "experiment=table4", "decoder=crf", "corpus=sample", "embedding=random50", "model.hidden_size=8",
        "trainer.max_epochs=2", "hydra/launcher=joblib", f"hydra.launcher.n_jobs={JOBS}",
        f"seed={','.join(map(str, range(JOBS)))}", f"paths.mlruns={folder}",
    ]  # fmt: skip
    command = [sys.executable, str(ROOT / "train.py"), "-m", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


def _problems(folder: Path, outputs: list[str]) -> list[str]:
    with sqlite3.connect(folder / "mlflow.db") as database:
        rows = database.execute("select name, status from runs").fetchall()
    names = {name for name, _ in rows}
    states = sorted({status for _, status in rows})
    found = []
    if len(rows) != JOBS + 1 or len(names) != JOBS + 1:
        found.append(f"{len(rows)} runs with {len(names)} names")
    if states != ["FINISHED"]:
        found.append(f"states {' '.join(states)}")
    output = "".join(outputs)
    found += [f"the output has '{word}'" for word in ("locked", "Traceback", "does not accept") if word in output]
    if outputs[1].count("nothing to do, run") != JOBS:
        found.append("the second sweep did not leave every job as it was")
    return found


if __name__ == "__main__":
    main()
