"""The tokeniser for running text; it keeps every token's place."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\d+\.\d+|[A-Za-z0-9']+|\S")


def tokenize(text: str) -> tuple[tuple[int, int], ...]:
    """The tokens of a sentence as character ranges [start, end).

    In this order of preference a token is `digits.digits`; a run of letters, digits and apostrophes; any other
    character that is no space. A token longer than two characters that ends in `'s` is split in two. These are the
    rules of the paper's program; hyphens and slashes are tokens of their own.

    >>> text = "IL-2's half-life (1.5 h)"
    >>> [text[start:end] for start, end in tokenize(text)]
    ['IL', '-', '2', "'s", 'half', '-', 'life', '(', '1.5', 'h', ')']
    """
    ranges: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if end - start > 2 and text.endswith("'s", start, end):
            ranges += [(start, end - 2), (end - 2, end)]
        else:
            ranges.append((start, end))
    return tuple(ranges)
