"""Reader of the passages of a BioC document, the format of shared tasks and of PubTator."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

_LEFT_OUT = frozenset((
    "ref", "ref_title", "references", "table", "table_footnote", "table_foot", "footnote", "auth_cont",
    "comp_int", "ack_fund", "abbr", "suppl", "review_info", "keyword",
))  # fmt: skip


def paragraphs(document: etree._Element) -> Iterator[str]:
    """Yield the text of each passage of a `document`, without references, tables and back matter."""
    for passage in document.iter("{*}passage"):
        kinds = {
            (infon.text or "").strip().lower()
            for infon in passage.findall("{*}infon")
            if infon.get("key") in ("type", "section_type", "section")
        }
        if kinds & _LEFT_OUT:
            continue
        texts = passage.findall("{*}text") or passage.findall("{*}sentence/{*}text")
        text = " ".join(" ".join(element.text or "" for element in texts).split())
        if text:
            yield text
