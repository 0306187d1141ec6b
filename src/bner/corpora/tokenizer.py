"""The tokenisers of the two corpora: GM's, with the position of every token, and GENIA's."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\d+\.\d+|[A-Za-z0-9']+|\S")
_GENIA = re.compile(r"\.\.\.|``|''|[()\[\]{},;:%=<>\"?!]|[^\s()\[\]{},;:%=<>\"?!]+")
_CLITICS = ("'s", "n't")


def tokenize(text: str) -> tuple[tuple[int, int], ...]:
    """Tokenise a sentence into character ranges [start, end) by the rules of the paper's program.

    In this order of preference a token is `digits.digits`; a run of letters, digits and apostrophes; any other
    character that is no space. A token longer than two characters that ends in `'s` is split in two. Hyphens and
    slashes are tokens of their own.

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


def gm_tokens(text: str) -> list[str]:
    """Tokenise like `tokenize`, into text without positions.

    >>> gm_tokens("IL-2's half-life (1.5 h)")
    ['IL', '-', '2', "'s", 'half', '-', 'life', '(', '1.5', 'h', ')']
    """
    tokens = _TOKEN.findall(text)
    if "'s" not in text:
        return tokens
    return [part for token in tokens for part in _cut(token, "'s")]


def genia_tokens(text: str) -> list[str]:
    """Tokenise a sentence as GENIA and JNLPBA are.

    Hyphens, slashes and inner dots stay; brackets and punctuation are split off, a full stop at the sentence's end
    only, an apostrophe from words of letters, and `'s` and `n't` from their words. JNLPBA's own sentences, joined with
    spaces, give the same tokens but for one sentence in several thousand.

    >>> genia_tokens("IL-2's NF-kappaB/Rel (e.g. 10 mg/kg, 5'-flanking).")
    ['IL-2', "'s", 'NF-kappaB/Rel', '(', 'e.g.', '10', 'mg/kg', ',', "5'-flanking", ')', '.']
    """
    tokens = _GENIA.findall(text)
    if tokens and len(tokens[-1]) > 1 and tokens[-1][-1] == "." and tokens[-1] != "...":
        tokens[-1:] = [tokens[-1][:-1], "."]
    if "'" not in text:
        return tokens
    cut: list[str] = []
    for token in tokens:
        clitic = next((clitic for clitic in _CLITICS if token.endswith(clitic)), "")
        if not clitic and token[:-1].isalpha() and token[-1] == "'":
            clitic = "'"
        cut += _cut(token, clitic)
    return cut


def _cut(token: str, end: str) -> list[str]:
    return [token[: -len(end)], end] if end and len(token) > len(end) and token.endswith(end) else [token]
