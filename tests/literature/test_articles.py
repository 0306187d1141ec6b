"""XML as published: what is taken from each format, and what is refused."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from bner.literature.articles import articles
from bner.literature.secure_xml import RefusedXmlError

JATS = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.1d1 20130915//EN"
 "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink">
<front><journal-meta><journal-title>No</journal-title></journal-meta><article-meta>
<article-categories><subj-group><subject>No subject</subject></subj-group></article-categories>
<title-group><article-title>The <italic>title</italic></article-title></title-group>
<contrib-group><contrib><name><surname>Nobody</surname></name></contrib></contrib-group>
<abstract><object-id>no-id</object-id><p>CD4<sup>+</sup> cells.</p></abstract>
<kwd-group><kwd>no keyword</kwd></kwd-group></article-meta></front>
<body><sec><title>Results</title>
<p>It binds (<xref ref-type="bibr" rid="b1">Smith, 2007</xref>; <xref ref-type="bibr" rid="b2">Lee, 2008</xref>), see
<xref ref-type="fig" rid="f1">Figure 1</xref> (<xref ref-type="bibr" rid="b1">Smith, 2007</xref>; Table 2)
<!-- no comment -->&#945;-helix.<fig id="f1"><label>no label</label><caption><title>A caption.</title><p>Its text.</p>
</caption></fig> End.</p>
<disp-formula>no formula</disp-formula>
<table-wrap><caption><p>Table caption.</p></caption><table><tr><td>no cell</td></tr></table></table-wrap>
</sec></body>
<back><ack><p>no thanks</p></ack><ref-list><ref><article-title>no reference</article-title></ref></ref-list></back>
<sub-article><front-stub><title-group><article-title>no letter</article-title></title-group></front-stub>
<body><p>no decision</p></body></sub-article>
</article>
"""
MEDLINE = """<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>First <i>title</i>.</ArticleTitle>
<Abstract><AbstractText Label="AIM">One.</AbstractText><AbstractText>Two.</AbstractText></Abstract></Article>
<OtherAbstract><AbstractText>nein</AbstractText></OtherAbstract></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>2</PMID><Article><ArticleTitle>[Translated.]</ArticleTitle></Article>
</MedlineCitation></PubmedArticle></PubmedArticleSet>
"""
BIOC = """<collection><document><id>1</id>
<passage><infon key="type">title</infon><offset>0</offset><text>A title</text></passage>
<passage><infon key="section_type">REF</infon><text>no reference</text></passage>
<passage><infon key="type">paragraph</infon><sentence><text>One.</text></sentence>
<sentence><text>Two.</text></sentence></passage>
</document></collection>
"""


def read(xml: str | bytes) -> list[list[str]]:
    return list(articles(io.BytesIO(xml.encode() if isinstance(xml, str) else xml)))


def test_jats_gives_the_articles_own_sentences() -> None:
    (paragraphs,) = read(JATS)
    assert [" ".join(paragraph.split()) for paragraph in paragraphs] == (
        [
            "The title",
            "CD4+ cells.",
            "Results",
            "It binds, see Figure 1 (Table 2) \u03b1-helix. End.",
            "A caption.",
            "Its text.",
            "Table caption.",
        ]
    )


def test_jats_in_a_namespace() -> None:
    article = JATS.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ')
    assert read(article) == read(JATS)


def test_medline_gives_titles_and_abstracts_that_are_not_translated() -> None:
    assert read(MEDLINE) == [["First title.", "One.", "Two."], []]


def test_bioc_gives_passages() -> None:
    assert read(BIOC) == [["A title", "One. Two."]]


def test_articles_before_a_break_are_kept() -> None:
    read = articles(io.BytesIO(MEDLINE[: MEDLINE.index("[Translated")].encode()))
    assert next(read) == ["First title.", "One.", "Two."]
    with pytest.raises(RefusedXmlError, match="Premature end"):
        next(read)


@pytest.mark.parametrize("xml", ["<html><p>No article</p></html>", "", "no xml", "\x00\x01", "<a>"])
def test_what_is_no_article_is_refused(xml: str) -> None:
    with pytest.raises(RefusedXmlError):
        read(xml)


def test_an_external_entity_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', f'<!ENTITY % y SYSTEM "{secret.as_uri()}"> %y;'):
        xml = f"<!DOCTYPE article [{declared}]><article><body><p>&x;</p></body></article>"
        with pytest.raises(RefusedXmlError) as caught:
            read(xml)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_refused_at_once(encoding: str) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    xml = f'<!DOCTYPE article [<!ENTITY e0 "boom">{bomb}]><article><body><p a="&e11;">&e11;</p></body></article>'
    began = time.process_time()
    with pytest.raises(RefusedXmlError):
        read(xml.encode(encoding))
    assert time.process_time() - began < 1  # a bomb that goes off takes for ever


def test_an_entity_that_is_declared_but_not_used_is_refused() -> None:
    with pytest.raises(RefusedXmlError, match="declares entities"):
        read('<!DOCTYPE article [<!ENTITY e "x">]><article><body><p>One.</p></body></article>')


def test_elements_that_are_nested_without_end_are_refused() -> None:
    with pytest.raises(RefusedXmlError, match="depth"):
        read("<article><body>" + "<sec>" * 100_000)
