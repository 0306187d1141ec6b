"""What a store answers when something is wrong with it, as part of a sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from bner.errors import BnerError, one_line

FAILURES = (MlflowException, SQLAlchemyError, OSError)  # MLflow lets the second through while it makes a database
_OF_DATABASE = re.compile(r"\(\w+\.\w*Error\) (.+?) (?:\[SQL|\(Background)")
_OF_CONNECTION = re.compile(r"^API request .*\[Errno -?\d+\] ([\w ]+)")
_LONGEST = 160


def problem(error: BaseException) -> str:
    """What is wrong, in few words: the database's own where there is one, without the statement it was given.

    >>> problem(OSError("(raised by a flush) (sqlite3.OperationalError) disk is full [SQL: INSERT ...]"))
    'disk is full'
    """
    text = one_line(error)
    if found := _OF_DATABASE.search(text) or _OF_CONNECTION.search(text):
        return found[1]
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


@contextmanager
def patience(seconds: int | None) -> Iterator[None]:
    """Within the block a server is asked once and given so many seconds to answer; None is MLflow's own patience."""
    if seconds is None:
        yield
        return
    changed = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(seconds)}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)  # MLflow looks there at each request
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def answered(uri: str, failure: str) -> Iterator[None]:
    """A store's failure within the block becomes a sentence.

    Args:
        uri: the store's address.
        failure: what it fails to do, as in `takes no run`.

    Raises:
        BnerError: it failed.
    """
    try:
        yield
    except FAILURES as error:
        raise BnerError(
            f"the MLflow store {uri} {failure} ({problem(error)}): see that it is up, has room and may be written to."
        ) from error
