"""Contestants measured in turns, so that a machine's changing speed meets all of them alike."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NEEDS = {"plain": "torchcrf", "flair": "flair"}  # modules that are not among the project's own


@dataclass(frozen=True)
class Measured:
    """Medians over the turns: tokens and sentences a second, and the largest resident set in MiB."""

    tokens: float
    sentences: float
    peak: float


class Process:
    """A contestant in a process of its own."""

    def __init__(self, name: str, corpus: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "contest.worker", name, corpus]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parent.parent,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()

    def answer(self) -> Any:
        """What it says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.process.args)} ended without an answer")  # type: ignore[arg-type]
        return json.loads(line)

    def ask(self, **order: Any) -> Any:
        """Gives an order and waits for the answer."""
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self.answer()


def contestants() -> list[str]:
    """Those whose libraries are installed; says which are not."""
    found = ["ours"]
    for name, module in NEEDS.items():
        if importlib.util.find_spec(module):
            found.append(name)
        else:
            print(f"{name} is left out: {module} is not installed (pip install -e '.[dev,compare]')", flush=True)
    return found


@contextmanager
def started(names: Sequence[str], corpus: str) -> Iterator[dict[str, Process]]:
    """The contestants in their processes, each with the corpus, as `contest.task.load` reads it, ready to work."""
    with ExitStack() as stack:
        processes = {name: stack.enter_context(Process(name, corpus)) for name in names}
        for process in processes.values():
            process.answer()
        yield processes


def take_turns(
    processes: Mapping[str, Process], amounts: Mapping[str, int], turns: int, **order: Any
) -> dict[str, Measured]:
    """Measures all contestants.

    Args:
        processes: the contestants.
        amounts: updates or sentences in a turn of each.
        turns: how often each is measured, after one turn that does not count.
        order: the rest of what they are told: `what`, which is train or tag, `threads` and `batch_size`.
    """
    answers: dict[str, list[dict[str, float]]] = {name: [] for name in processes}
    for turn in range(turns + 1):
        for name, process in processes.items():
            answer = process.ask(amount=amounts[name], **order)
            if turn:
                answers[name].append(answer)
    return {name: _median(each) for name, each in answers.items()}


def _median(answers: Sequence[Mapping[str, float]]) -> Measured:
    return Measured(
        tokens=statistics.median(each["tokens"] / each["seconds"] for each in answers),
        sentences=statistics.median(each["sentences"] / each["seconds"] for each in answers),
        peak=statistics.median(each["peak"] for each in answers),
    )
