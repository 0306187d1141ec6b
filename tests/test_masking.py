"""Passwords in addresses are masked, whatever surrounds them."""

from __future__ import annotations

import pytest

from bner.errors import BnerError, one_line
from bner.masking import masked


@pytest.mark.parametrize(
    "secret",
    [
        "http://me:secret@host:5000",
        "postgresql+psycopg2://me:secret@host/db",
        "http://secret@host",  # a token alone
        "http://me:a@secret@host",
        "http://me:a/secret@host",
        "'http://me:it'\"'\"'ssecret@host'",
        "tracking.uri=http://me:secret@host",
        "HTTPConnectionPool: Max retries exceeded with url http://me:secret@host/api (caused by 'x')",
        "mysql://host/db?user=me&password=secret",
        "https://host/?access_token=secret&x=1",
    ],
)
def test_a_password_is_masked(secret: str) -> None:
    text = masked(f"before {secret} after")
    assert "secret" not in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "host" in text
    assert masked(text) == text


@pytest.mark.parametrize("text", ["sqlite:////runs/mlflow.db", "http://host:5000/a?b=c", "me@example.org", "a @ b"])
def test_what_holds_no_password_stays(text: str) -> None:
    assert masked(text) == text


def test_an_error_is_printed_without_its_password() -> None:
    assert one_line(BnerError("no answer from\nhttp://me:secret@host")) == "no answer from http://***@host"
