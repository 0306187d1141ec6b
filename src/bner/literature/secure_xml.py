"""Parser of untrusted XML: entities are not expanded, nothing is loaded, and documents are read as streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from lxml import etree


class RefusedXmlError(Exception):
    """XML declares entities or is broken; the text of the error says which."""


def elements(stream: IO[bytes], tags: Iterable[str]) -> Iterator[etree._Element]:
    """Yield the elements with these local names, each complete, and free each after its use.

    Entities are neither expanded nor loaded, and a document that declares any is refused: published articles declare
    none. No DTD is loaded and no network is used; lxml's limits on depth, text length and amplification stay.

    Raises:
        RefusedXmlError: the document is broken, declares entities, or passes a limit.
    """
    wanted = [f"{{*}}{tag}" for tag in tags]
    try:
        parser = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=wanted,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        checked = False
        for event, element in parser:
            if not checked:  # the whole prolog has been read
                _refuse_entities(element)
                checked = True
            if event == "end":
                yield element
                element.clear(keep_tail=False)
                while element.getprevious() is not None:
                    del element.getparent()[0]
        if parser.root is not None:
            _refuse_entities(parser.root)
    except etree.XMLSyntaxError as error:
        raise RefusedXmlError(" ".join(str(error.msg).split())) from error


def _refuse_entities(element: etree._Element) -> None:
    internal = element.getroottree().docinfo.internalDTD
    if internal is not None and internal.entities():  # type: ignore[attr-defined]
        raise RefusedXmlError("it declares entities of its own, which are not expanded")


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace; empty for other nodes, such as an entity that is not expanded.

    >>> local_name(etree.fromstring('<p xmlns="https://jats.nlm.nih.gov"/>'))
    'p'
    """
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if tag[0] == "{" else tag
