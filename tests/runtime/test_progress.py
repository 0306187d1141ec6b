"""Phases: timed, counted, and one line each where no bar can be drawn."""

from __future__ import annotations

import time

import pytest

from bner.runtime import progress as phases
from bner.runtime.progress import Phases


def test_phases_are_timed_and_counted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "_LINE_EVERY", 0.0)
    shown = Phases()
    with shown.phase("extract"):
        shown.update(500, 0.5, "document 1")
        time.sleep(0.02)
        shown.update(1000, 1.0)
    with shown.phase("write"):
        pass
    extract, write = shown.done
    assert (extract.name, extract.words, write.name, write.words) == ("extract", 1000, "write", 0)
    assert extract.seconds >= 0.02 > write.seconds >= 0
    assert extract.speed == pytest.approx(1000 / extract.seconds)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("extract: 50%, ")
    assert lines[0].endswith("words/s document 1")
    assert lines[2] == f"extract: 0.0 min, 1,000 words, {extract.speed:,.0f} words/s"
    assert lines[3] == "write: 0.0 min"


def test_a_bar_is_drawn_in_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = Phases()
    with shown.phase("train"):
        shown.update(1000, 0.5, "epoch 1 of 2")
    assert "epoch 1 of 2" in capsys.readouterr().out


def test_a_phase_that_fails_is_not_done() -> None:
    shown = Phases()
    with pytest.raises(KeyboardInterrupt), shown.phase("train"):
        raise KeyboardInterrupt
    assert shown.done == []
