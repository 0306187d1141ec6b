"""Progress of the phases of a long command: bars in a terminal, lines elsewhere, and their durations."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LINE_EVERY = 30.0  # seconds, where there is no terminal


@dataclass
class Phase:
    """Phase of a command.

    Attributes:
        name: its name.
        words: words processed, without those of an interrupted command.
        seconds: its duration, once it has ended.
        began: its start, by time.perf_counter.
    """

    name: str
    words: int = 0
    seconds: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    @property
    def speed(self) -> float:
        """Words per second."""
        return self.words / max(self.seconds or time.perf_counter() - self.began, 1e-9)


class Phases:
    """Display and timer of phases, one after the other."""

    def __init__(self) -> None:
        self.done: list[Phase] = []
        self._current: Phase | None = None
        self._shown = 0.0
        self._bar: Progress | None = None
        self._task: object = None

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Show and time a phase that lasts as long as the block."""
        current = self._current = Phase(name)
        self._shown = current.began
        if sys.stdout.isatty():
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:<8}"),
                BarColumn(),
                TextColumn("{task.fields[note]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._task = self._bar.add_task(name, total=None, note="")
        try:
            if self._bar:
                self._bar.start()
            yield current
        finally:
            current.seconds = time.perf_counter() - current.began
            if self._bar:
                self._bar.stop()
            self._bar = None
        self.done.append(current)
        speed = f", {current.words:,} words, {current.speed:,.0f} words/s" if current.words else ""
        print(f"{name}: {current.seconds / 60:.1f} min{speed}", flush=True)

    def update(self, words: int, fraction: float | None, note: str = "") -> None:
        """Show the progress of the current phase.

        Args:
            words: words processed so far.
            fraction: fraction of the phase that is done; None where it is unknown.
            note: a few words more.
        """
        current = self._current
        assert current is not None
        current.words = words
        shown = f"{current.speed:,.0f} words/s {note}".strip()
        if self._bar:
            done = {} if fraction is None else {"completed": fraction, "total": 1.0}
            self._bar.update(self._task, note=shown, **done)  # type: ignore[arg-type]
        elif time.perf_counter() - self._shown > _LINE_EVERY:
            self._shown = time.perf_counter()
            part = "" if fraction is None else f"{fraction:.0%}, "
            print(f"{current.name}: {part}{shown}", flush=True)
