"""The systems that take part in a comparison, and the checkout of bner that each is run from."""

from __future__ import annotations

import argparse
import importlib.util
from dataclasses import dataclass
from pathlib import Path

NAMES = ("ours", "before", "plain", "flair")
NEEDS = {"plain": "torchcrf", "flair": "flair"}  # modules that bner itself does not need
ROOT = Path(__file__).resolve().parent.parent.parent
_PACKAGES = ("comparison", "contest")  # the second is its name in older checkouts


@dataclass(frozen=True)
class System:
    """A system and where its code is.

    Attributes:
        role: the worker's name of it.
        checkout: the folder that has src/bner and benchmarks/.
        worker: the checkout's module that runs a system.
    """

    role: str
    checkout: Path
    worker: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add --before FOLDER and --only NAMES."""
    parser.add_argument(
        "--before", type=Path, metavar="FOLDER", help="another checkout of bner, for example an older commit"
    )
    parser.add_argument("--only", metavar="NAMES", help=f"of {','.join(NAMES)}, those to measure; ours is one of them")


def chosen_systems(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> dict[str, System]:
    """Return the systems of the command line by name; say which ones are left out since they are not installed."""
    names = NAMES if chosen.only is None else chosen.only.split(",")
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"--only names {unknown[0]}, which is no system: choose from {', '.join(NAMES)}.")
    if "ours" not in names:
        parser.error("--only leaves out ours, with which the others are compared: add it.")
    if chosen.only is not None and ("before" in names) != (chosen.before is not None):
        parser.error("--only names before exactly where --before FOLDER gives its checkout: give both or neither.")
    systems = {}
    for name in (each for each in NAMES if each in names):
        if name == "before":
            if chosen.before is not None:
                systems[name] = System("ours", chosen.before.resolve(), _worker(parser, chosen.before.resolve()))
        elif name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
            print(f"{name} is left out: {NEEDS[name]} is not installed (pip install -e '.[dev,compare]')", flush=True)
        else:
            systems[name] = System(name, ROOT, _worker(parser, ROOT))
    return systems


def _worker(parser: argparse.ArgumentParser, checkout: Path) -> str:
    """Return the module that runs a system of the checkout."""
    found = [package for package in _PACKAGES if (checkout / "benchmarks" / package / "worker.py").is_file()]
    if not found or not (checkout / "src" / "bner").is_dir():
        parser.error(f"{checkout} is no checkout of bner: it needs src/bner and benchmarks/{_PACKAGES[0]}/worker.py.")
    return f"{found[0]}.worker"
