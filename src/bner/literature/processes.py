"""Pools of worker processes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from bner.errors import BnerError

_MOST_ON_WINDOWS = 61  # processes that a pool can wait for there


@contextmanager
def process_pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Provide a pool of processes; when the block ends with an error, what has not begun is cancelled.

    Args:
        processes: the size of the pool; Windows allows at most 61.

    Raises:
        BnerError: a process was killed.
    """
    if sys.platform == "win32":
        processes = min(processes, _MOST_ON_WINDOWS)
    context = get_context("spawn")  # a fork would copy the locks that threads of torch and MLflow hold
    with ProcessPoolExecutor(processes, context, _ignore_interrupts) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            pool.shutdown(wait=False, cancel_futures=True)
            raise BnerError(
                "a process that reads the text was killed, perhaps because memory ran out: use fewer --workers; the "
                "same command resumes after the last finished shard."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that made the pool, which ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
