"""Reader of a MEDLINE citation, the format of PubMed's baseline and of its downloads."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bner.literature.secure_xml import local_name


def paragraphs(citation: etree._Element) -> Iterator[str]:
    """Yield the title, unless it is a translation, and the parts of the abstract of a `MedlineCitation`."""
    for element in citation.iter("{*}ArticleTitle", "{*}AbstractText"):
        parent = element.getparent()
        if local_name(element) == "AbstractText" and (parent is None or local_name(parent) != "Abstract"):
            continue  # OtherAbstract is in another language or by another author
        text = " ".join("".join(map(str, element.itertext(etree.Element))).split())
        if text and not text.startswith("["):  # brackets mark a title translated into English
            yield text
