"""The tests of significance by the names that the command line has for them."""

from __future__ import annotations

from enum import StrEnum


class TestKind(StrEnum):
    """A test; the last one pairs runs of equal seeds, the others are over sentences."""

    __test__ = False  # no test of pytest's

    RANDOMISATION = "randomisation"
    BOOTSTRAP = "bootstrap"
    BLOCKS = "blocks"
    SEEDS = "seeds"
