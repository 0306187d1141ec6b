"""Tests of whole runs are slow, but for those that a developer wants at every change."""

from __future__ import annotations

from pathlib import Path

import pytest

ALWAYS = ("test_runs.py", "test_variants.py", "test_extending.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent and item.path.name not in ALWAYS:
            item.add_marker(pytest.mark.slow)
