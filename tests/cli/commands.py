"""The command `bner` in this process: what it prints, and the one sentence with which it fails."""

from __future__ import annotations

from typer.testing import CliRunner

from bner.cli.app import app
from bner.errors import BnerError


def printed(*words: str) -> str:
    """What a command that succeeds prints."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.exception or result.output
    return result.stdout


def failed(*words: str) -> str:
    """The sentence with which a command fails, which `bner` prints with exit code 1."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 1
    assert isinstance(result.exception, BnerError), result.exception
    return str(result.exception)
