"""Errors that are sentences: what is wrong, where, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bner.masking import masked


class BnerError(Exception):
    """Something the user can put right; its text is one sentence that says what, where and what to do."""


def one_line(error: BaseException) -> str:
    """Return the error's text on one line and without passwords, fit to be printed anywhere.

    >>> one_line(ValueError("no such option\\n  'x'"))
    "no such option 'x'"
    """
    return masked(" ".join(str(error).split()))


@contextmanager
def reported(*also: type[Exception]) -> Iterator[None]:
    """Ends the program with exit code 1 and one sentence on standard error where the user can put an error right.

    Those are BnerError and the types in `also`. Every other exception passes through: it is a defect of the program,
    and its traceback is wanted.
    """
    expected: tuple[type[Exception], ...] = (BnerError, *also)
    try:
        yield
    except expected as error:
        print(f"bner: {one_line(error)}", file=sys.stderr)
        raise SystemExit(1) from None
