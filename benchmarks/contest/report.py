"""The table of a speed benchmark, and its medians as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from contest.turns import Measured

COLUMNS = ("ours", "plain", "flair")


def arguments(text: str | None) -> argparse.Namespace:
    """--quick and --json FILE."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer settings and turns; a minute or two")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the medians of each setting to FILE")
    return parser.parse_args()


class Report:
    """Prints a line for each setting as it comes, and keeps the medians."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.medians: dict[str, dict[str, float | None]] = {}
        print("| setting | ours, tokens/s | plain | Flair | floor | ours / plain | ours / Flair | ours / floor "
              "| ours, sentences/s | peak MiB: ours, plain, Flair |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|---|---|")

    def add(self, setting: str, measured: Mapping[str, Measured], floor: float) -> None:
        """One setting's line."""
        speeds = {name: measured[name].tokens if name in measured else None for name in COLUMNS}
        ours = measured["ours"]
        cells = [f"{speed:,.0f}" if speed else "-" for speed in (*speeds.values(), floor)]
        ratios = [f"{ours.tokens / speed:.2f}" if speed else "-" for speed in (speeds["plain"], speeds["flair"], floor)]
        peaks = ", ".join(f"{measured[name].peak:,.0f}" if name in measured else "-" for name in COLUMNS)
        print(f"| {' | '.join([setting, *cells, *ratios, f'{ours.sentences:,.0f}', peaks])} |", flush=True)
        self.medians[setting] = {**speeds, "floor": floor}

    def write(self) -> None:
        """The JSON file, where one is wanted."""
        _write(self.file, self.medians)


class CrfReport:
    """As `Report`, for milliseconds."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.medians: dict[str, dict[str, float | None]] = {}
        print("| setting | ours, ms | pytorch-crf, ms | floor, ms | pytorch-crf / ours |\n|---|---|---|---|---|")

    def add(self, setting: str, times: Mapping[str, float], floor: float) -> None:
        """One setting's line."""
        ours, plain = times["ours"], times["plain"]
        print(f"| {setting} | {ours:.2f} | {plain:.2f} | {floor:.3f} | {plain / ours:.2f} |", flush=True)
        self.medians[setting] = {"ours": ours, "plain": plain, "flair": None, "floor": floor}

    def write(self) -> None:
        """The JSON file, where one is wanted."""
        _write(self.file, self.medians)


def _write(file: Path | None, medians: Mapping[str, Mapping[str, float | None]]) -> None:
    if file:
        file.write_text(json.dumps(medians, indent=1) + "\n")
