"""Profile of training and tagging: BNER_DATA=... python benchmarks/profile_step.py [BATCH [THREADS]].

Torch's profile of 60 updates on GM (without BNER_DATA on the sample), by operation, and Python's profile of tagging the
test part, by function. Profiling slows the code down: the shares of the time count, not the seconds.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time

from comparison.ours import Ours
from comparison.task import corpora, load
from torch.profiler import ProfilerActivity, profile

from bner.data.streaming import BATCH_SIZE
from bner.runtime.torch_setup import prepare

UPDATES = 60
ROWS = 20


def main() -> None:
    """Print both profiles."""
    batch = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    prepare(threads)
    task = load(corpora()[0])
    system = Ours(task)
    system.train(batch, UPDATES)
    with profile(activities=[ProfilerActivity.CPU]) as found:
        system.train(batch, UPDATES)
    print(found.key_averages().table(sort_by="self_cpu_time_total", row_limit=ROWS, max_name_column_width=40))
    system.tag(task.test, BATCH_SIZE)
    profiler = cProfile.Profile(time.perf_counter)
    profiler.runcall(system.tag, task.test, BATCH_SIZE)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(ROWS)


if __name__ == "__main__":
    main()
