"""Translate the errors of MLflow and of its database into one-line messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from bner.errors import BnerError, one_line
from bner.masking import masked

STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError)  # MLflow lets SQLAlchemy's through on a new database
_DATABASE_ERROR = re.compile(r"\(\w+\.\w*Error\) (.+?) (?:\[SQL|\(Background)")
_CONNECTION_ERROR = re.compile(r"^API request .*\[Errno -?\d+\] ([\w ]+)")
_MAX_LENGTH = 160


def reason(error: BaseException) -> str:
    """Return the cause of a store's error in a few words, without SQL statements and without passwords.

    >>> reason(OSError("(raised by a flush) (sqlite3.OperationalError) disk is full [SQL: INSERT ...]"))
    'disk is full'
    """
    text = one_line(error)
    if found := _DATABASE_ERROR.search(text) or _CONNECTION_ERROR.search(text):
        return found[1]
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."


@contextmanager
def store_errors(uri: str, failure: str) -> Iterator[None]:
    """Raise a store's error within the block as a BnerError.

    Args:
        uri: the store's address.
        failure: what the store fails to do, as in `does not accept the run`.

    Raises:
        BnerError: the store raised one of `STORE_ERRORS`.
    """
    try:
        yield
    except STORE_ERRORS as error:
        raise BnerError(
            f"the MLflow store {masked(uri)} {failure} ({reason(error)}): check that it is running, writable and has "
            "free disk space."
        ) from error
