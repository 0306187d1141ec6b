"""Reader of the running text of a JATS article, the format of PubMed Central."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bner.literature.secure_xml import local_name

# Elements whose sentences are not the article's own, or that have no sentences.
_LEFT_OUT = frozenset((
    "ref-list", "table", "table-wrap-foot", "disp-formula", "disp-formula-group", "inline-formula", "tex-math", "math",
    "fn", "fn-group", "sub-article", "response", "object-id", "label", "graphic", "inline-graphic", "media",
    "supplementary-material", "contrib-group", "author-notes", "aff", "history", "permissions", "funding-group",
    "kwd-group", "article-id", "article-categories", "journal-meta", "pub-date", "ack", "glossary", "related-article",
    "counts", "custom-meta-group", "code", "preformat", "alternatives", "trans-title-group", "trans-abstract",
    "copyright-statement", "email", "uri",
))  # fmt: skip
_PARAGRAPHS = frozenset(["p", "title", "article-title", "subtitle"])
_CITATION, _EMPTY = "\0", "\1"  # mark a citation that was left out, and brackets that had nothing else in them
_CITING = re.compile(r"[(\[]([^()\[\]]*\0[^()\[\]]*)[)\]]")
_SEPARATORS = re.compile(r"[;,](?:\s*[;,])+")
_INTRODUCED = re.compile(r"(?:\s|[;,\u2013-]|and|see|also|e\.g\.|cf\.|reviewed in|reviewed by|for review)*")


def paragraphs(article: etree._Element) -> Iterator[str]:
    """Yield the title, abstracts, body paragraphs, section titles and captions of an `article`, in their order.

    References, tables, formulas, footnotes, back matter, decision letters and other sub-articles are left out, and so
    are the marks of citations. White space stays as it is in the XML.
    """
    found: list[str] = []
    for part in article:
        if local_name(part) in ("front", "body", "floats-group"):
            _walk(part, [], found)
    for text in found:
        if cleaned := _without_citations(text).strip():
            yield cleaned


def _walk(element: etree._Element, pieces: list[str], found: list[str]) -> None:
    """Add the element's text to `pieces`, and the paragraphs within it to `found`."""
    for child in element:
        name = local_name(child)
        if name in _PARAGRAPHS:
            own: list[str] = [child.text or ""]
            before = len(found)
            _walk(child, own, found)
            found.insert(before, "".join(own))  # before the captions within it
            pieces.append(" ")
        elif name == "xref" and child.get("ref-type") == "bibr":
            pieces.append(_CITATION)
        elif name and name not in _LEFT_OUT:
            if text := child.text:
                pieces.append(text)
            if len(child):
                _walk(child, pieces, found)
        if tail := child.tail:
            pieces.append(tail)


def _without_citations(text: str) -> str:
    """Remove the marks of citations, and what they leave behind in brackets.

    >>> _without_citations("It binds (\\0; \\0, see also \\0), as shown (\\0; Table 2; \\0) by \\0.")
    'It binds, as shown (Table 2) by .'
    """
    if _CITATION not in text:
        return text
    text = _CITING.sub(_bracket, text).replace(_CITATION, "")
    return text.replace(f" {_EMPTY}", "").replace(_EMPTY, "")


def _bracket(match: re.Match[str]) -> str:
    inner = match[1].replace(_CITATION, "")
    if _INTRODUCED.fullmatch(inner):
        return _EMPTY
    whole = match[0]
    return whole[0] + _SEPARATORS.sub(";", inner).strip(" \n\t;,") + whole[-1]
