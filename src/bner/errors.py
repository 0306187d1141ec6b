"""Errors that are sentences: what is wrong, where, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bner.masking import masked


class BnerError(Exception):
    """An error that the user can put right; its text is one sentence that says what, where and what to do."""


class SettingError(ValueError):
    """A setting of a component with a value that it cannot have; whoever knows the section's name adds it.

    Attributes:
        key: the setting within its section.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def check_choice(key: str, value: object, choices: Iterable[object]) -> None:
    """Check that a setting has one of the values that it can have.

    Raises:
        SettingError: it has another one.
    """
    if value not in (known := list(choices)):
        raise SettingError(key, f"is '{value}': use {' or '.join(map(str, known))}")


def check_range(key: str, value: float | None, least: float, most: float = float("inf")) -> None:
    """Check that a setting lies within bounds, both included; None is not checked.

    Raises:
        SettingError: it does not, or is no number.
    """
    if value is not None and not least <= value <= most:
        bounds = f"at least {least:g}" if most == float("inf") else f"{least:g} to {most:g}"
        raise SettingError(key, f"is {value}: use {bounds}")


def one_line(error: BaseException) -> str:
    """Return the error's text on one line and without passwords, fit to be printed anywhere.

    >>> one_line(ValueError("no such option\\n  'x'"))
    "no such option 'x'"
    """
    return masked(" ".join(str(error).split()))


@contextmanager
def reported(*also: type[Exception]) -> Iterator[None]:
    """End the program with exit code 1 and one sentence on standard error where the user can put an error right.

    Those are BnerError and the types in `also`. Every other exception passes through: it is a defect of the program,
    and its traceback is wanted.
    """
    expected: tuple[type[Exception], ...] = (BnerError, *also)
    try:
        yield
    except expected as error:
        print(f"bner: {one_line(error)}", file=sys.stderr)
        raise SystemExit(1) from None
