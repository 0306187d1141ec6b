"""Masking of user names and passwords in addresses, before they are printed or stored anywhere."""

from __future__ import annotations

import logging
import re

# Greedy up to the last @ of the word: a password may itself hold @, / or quotes that the shell needs.
_USER_INFO = re.compile(r"://\S*@")
_PARAMETER = re.compile(r"([?&](?:password|passwd|pwd|token|access_token|api_key)=)[^&\s'\"]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Replace the user information of every URI in a text, and passwords among the parameters of its query.

    >>> masked("http://me:secret@host:5000/api does not answer")
    'http://***@host:5000/api does not answer'
    >>> masked("postgresql://host/db?user=me&password=secret")
    'postgresql://host/db?user=me&password=***'
    >>> masked("sqlite:////runs/mlflow.db")
    'sqlite:////runs/mlflow.db'
    """
    return _PARAMETER.sub(r"\1***", _USER_INFO.sub("://***@", text))


def without_user(uri: str) -> str:
    """Return a URI without its user information, to be opened by somebody who has credentials of their own.

    >>> without_user("http://me:secret@host:5000")
    'http://host:5000'
    """
    return _USER_INFO.sub("://", uri)


def mask_log_messages() -> None:
    """Mask every message that the handlers of the root logger print."""

    def mask(record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), None
        return True

    for handler in logging.getLogger().handlers:
        handler.addFilter(mask)
