"""Reader of the paragraphs of articles in XML, in any of three formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import IO

from lxml import etree

from bner.literature import bioc, jats, medline
from bner.literature.secure_xml import RefusedXmlError, elements, local_name

# The element of one article in each format; the first of them in a document decides its format.
_FORMATS: Mapping[str, Callable[[etree._Element], Iterator[str]]] = {
    "article": jats.paragraphs,
    "MedlineCitation": medline.paragraphs,
    "document": bioc.paragraphs,
}


def articles(stream: IO[bytes]) -> Iterator[list[str]]:
    """Yield the paragraphs of each article of an XML document, in the order of the document.

    Raises:
        RefusedXmlError: the XML is broken or refused (see `elements`), or has no JATS, MEDLINE or BioC; the
            articles before the defect have been yielded.
    """
    name = ""
    for element in elements(stream, _FORMATS):
        name = local_name(element)
        yield list(_FORMATS[name](element))
    if not name:
        raise RefusedXmlError("it has no JATS article, no MEDLINE citation and no BioC document")
