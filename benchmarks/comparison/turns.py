"""Measure systems in turns, so that changes of the machine's speed affect all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from comparison.systems import System


@dataclass(frozen=True)
class Measured:
    """Tokens and sentences a second, and the largest resident set in MiB, of each turn."""

    tokens: list[float]
    sentences: list[float]
    peak: list[float]


class Process:
    """A system in a process of its own, see comparison/worker.py."""

    def __init__(self, system: System, corpus: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", system.worker, system.role, corpus]
        paths = [str(system.checkout / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.messages = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.messages,
            text=True,
            cwd=system.checkout / "benchmarks",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        self.messages.close()

    def answer(self) -> Any:
        """Wait for the next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.messages.seek(0)
            command = " ".join(map(str, self.process.args))  # type: ignore[arg-type]
            sys.exit(f"{self.messages.read()}\n{command} ended without an answer: its messages are above.")
        return json.loads(line)

    def ask(self, **order: Any) -> Any:
        """Give an order and wait for the answer."""
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self.answer()


@contextmanager
def started(systems: Mapping[str, System], corpus: str) -> Iterator[dict[str, Process]]:
    """Start the systems, each in a process that has read the corpus, see `comparison.task.load`."""
    with ExitStack() as stack:
        processes = {name: stack.enter_context(Process(system, corpus)) for name, system in systems.items()}
        for process in processes.values():
            process.answer()
        yield processes


def measure(
    processes: Mapping[str, Process], amounts: Mapping[str, int], turns: int, **order: Any
) -> dict[str, Measured]:
    """Measure all systems, in one order and in the opposite order by turns.

    Args:
        processes: the systems.
        amounts: updates or sentences in a turn of each.
        turns: how often each is measured, after one turn that does not count.
        order: the rest of the order: `what`, which is train or tag, `threads` and `batch_size`.
    """
    found = {name: Measured([], [], []) for name in processes}
    names = list(processes)
    for turn in range(turns + 1):
        for name in names if turn % 2 else reversed(names):
            answer = processes[name].ask(amount=amounts[name], **order)
            if turn:
                found[name].tokens.append(answer["tokens"] / answer["seconds"])
                found[name].sentences.append(answer["sentences"] / answer["seconds"])
                found[name].peak.append(answer["peak"])
    return found
