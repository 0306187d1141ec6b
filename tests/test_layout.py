"""The import contracts hold, and files stay small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def test_the_import_contract_holds() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("folder", ["src", "tests", "tools"])
def test_no_file_holds_more_than_one_idea(folder: str) -> None:
    long = [path.name for path in (ROOT / folder).rglob("*.py") if len(path.read_text().splitlines()) > 350]
    assert not long
