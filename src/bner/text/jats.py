"""The running text of a JATS article, the format of PubMed Central."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bner.text.secure_xml import local_name

# Parts whose sentences are not the article's own, or that are no sentences.
_LEFT_OUT = frozenset((
    "ref-list", "table", "table-wrap-foot", "disp-formula", "disp-formula-group", "inline-formula", "tex-math", "math",
    "fn", "fn-group", "sub-article", "response", "object-id", "label", "graphic", "inline-graphic", "media",
    "supplementary-material", "contrib-group", "author-notes", "aff", "history", "permissions", "funding-group",
    "kwd-group", "article-id", "article-categories", "journal-meta", "pub-date", "ack", "glossary", "related-article",
    "counts", "custom-meta-group", "code", "preformat", "alternatives", "trans-title-group", "trans-abstract",
    "copyright-statement", "email", "uri",
))  # fmt: skip
_PARAGRAPHS = frozenset(["p", "title", "article-title", "subtitle"])
# What the marks of citations leave behind: empty brackets, and marks at the ends of others.
_EMPTIED = re.compile(r"\s?[(\[](?:\s|[;,\u2013-]|and|see|e\.g\.|reviewed in)*[)\]]")
_OPENED = re.compile(r"([(\[])\s*[;,][;,\s]*")
_CLOSED = re.compile(r"[;,\s]*[;,]\s*([)\]])")


def paragraphs(article: etree._Element) -> Iterator[str]:
    """The title, abstracts, body paragraphs, section titles and captions of an `article`, in their order.

    References, tables, formulas, footnotes, back matter, decision letters and other sub-articles are left out, and so
    are the marks of citations.
    """
    found: list[str] = []
    for part in article:
        if local_name(part) in ("front", "body", "floats-group"):
            _walk(part, [], found)
    for text in found:
        cleaned = " ".join(_CLOSED.sub(r"\1", _OPENED.sub(r"\1", _EMPTIED.sub("", text))).split())
        if cleaned:
            yield cleaned


def _walk(element: etree._Element, pieces: list[str], found: list[str]) -> None:
    """Adds the element's text to `pieces`, and what are paragraphs of their own to `found`."""
    for child in element:
        name = local_name(child)
        if name in _PARAGRAPHS:
            own: list[str] = [child.text or ""]
            place = len(found)
            _walk(child, own, found)
            found.insert(place, "".join(own))  # before the captions within it
            pieces.append(" ")
        elif name == "xref" and child.get("ref-type") == "bibr":
            pass
        elif name and name not in _LEFT_OUT:
            if child.text:
                pieces.append(child.text)
            _walk(child, pieces, found)
        if child.tail:
            pieces.append(child.tail)
