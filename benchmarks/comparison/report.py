"""The table of a speed benchmark, and its medians as JSON."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from comparison.systems import NAMES
from comparison.turns import Measured

_SHOWN = {"flair": "Flair"}  # the others are shown by their names


def options(text: str | None) -> argparse.ArgumentParser:
    """Return a parser of --quick, --turns N and --json FILE."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer settings and turns; a minute or two")
    parser.add_argument("--turns", type=_positive, metavar="N", help="how often each setting of a system is measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the medians of each setting to FILE")
    return parser


class Report:
    """Prints a line for each setting as it comes, and keeps the medians.

    Args:
        file: for the medians, or None.
        systems: the names of the systems that are measured, ours among them.
    """

    def __init__(self, file: Path | None, systems: Iterable[str]) -> None:
        self.file = file
        self.medians: dict[str, dict[str, float | None]] = {}
        self.others = [name for name in systems if name != "ours"]
        shown = [_SHOWN.get(name, name) for name in self.others]
        columns = ["setting", "ours, tokens/s", *shown, "floor", *(f"ours / {name}" for name in (*shown, "floor"))]
        if "before" in self.others:
            columns.append("ours / before, quartiles of the turns")
        columns += ["ours, sentences/s", f"peak MiB: {', '.join(('ours', *shown))}"]
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")

    def add(self, setting: str, measured: Mapping[str, Measured], floor: float) -> None:
        """Print one setting's line."""
        ours = measured["ours"]
        speeds = {name: statistics.median(measured[name].tokens) for name in ("ours", *self.others)} | {"floor": floor}
        cells = [setting, *(f"{speed:,.0f}" for speed in speeds.values())]
        cells += [f"{speeds['ours'] / speeds[name]:.3f}" for name in (*self.others, "floor")]
        if "before" in self.others:
            ratios = np.array(ours.tokens) / np.array(measured["before"].tokens)
            cells.append(", ".join(f"{ratio:.3f}" for ratio in np.quantile(ratios, (0.25, 0.5, 0.75))))
        cells.append(f"{statistics.median(ours.sentences):,.0f}")
        cells.append(", ".join(f"{statistics.median(measured[name].peak):,.0f}" for name in ("ours", *self.others)))
        print(f"| {' | '.join(cells)} |", flush=True)
        self.medians[setting] = dict.fromkeys(NAMES) | speeds

    def write(self) -> None:
        """Write the JSON file, if one is wanted."""
        _write(self.file, self.medians)


class CrfReport:
    """Prints milliseconds of the CRF for each setting as it comes, and keeps the medians."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.medians: dict[str, dict[str, float | None]] = {}
        print("| setting | ours, ms | pytorch-crf, ms | floor, ms | pytorch-crf / ours |\n|---|---|---|---|---|")

    def add(self, setting: str, times: Mapping[str, float], floor: float) -> None:
        """Print one setting's line."""
        ours, plain = times["ours"], times["plain"]
        print(f"| {setting} | {ours:.2f} | {plain:.2f} | {floor:.3f} | {plain / ours:.2f} |", flush=True)
        self.medians[setting] = {"ours": ours, "plain": plain, "flair": None, "floor": floor}

    def write(self) -> None:
        """Write the JSON file, if one is wanted."""
        _write(self.file, self.medians)


def _write(file: Path | None, medians: Mapping[str, Mapping[str, float | None]]) -> None:
    if file:
        file.write_text(json.dumps(medians, indent=1) + "\n")


def _positive(text: str) -> int:
    if not (text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is not a number of turns: use at least 1.")
    return int(text)
