"""The page of errors: every error on it, nothing of a hostile corpus as markup, no other file needed."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from bner.corpora.gm import GMCorpus, to_mentions, tokenized
from bner.report.error_page import error_page
from bner.report.predictions import RunPredictions
from bner.report.run_errors import RunErrors, analyse_errors

HOSTILE = '<script>alert("p53")</script> & "IL-2" $name receptor \' onclick=x </article>'


class Elements(HTMLParser):
    """Elements of a page with their attributes, and the text within the sentences."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.sentences = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.open and "p" in self.open and "code" not in self.open:
            self.sentences += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def found() -> RunErrors:
    # gold: alert; "IL-2" (found); $name receptor; predicted: $name, with $name receptor' as an alternative
    texts = {'S"><b>': HOSTILE}
    genes = {'S"><b>': [(8, 12), (31, 34), (36, 48)]}
    test = tokenized(texts, genes)
    predicted = (tuple(to_mentions(test[0], [(31, 34), (36, 40)])),)
    alternatives = {'S"><b>': [(36, 49)]}
    corpus = GMCorpus(name="<i>gm</i>", train=test, test=test, files=(), genes=genes, alternatives=alternatives)
    return analyse_errors(RunPredictions("id<u>", "name & <em>", corpus, predicted))


def test_hostile_text_stays_text(found: RunErrors) -> None:
    page = Elements(error_page(found))
    assert page.sentences.strip() == HOSTILE
    assert len(page.of("script")) == 1  # the page's own
    assert not {"u", "em"}.intersection(tag for tag, _ in page.found)
    assert "$" not in error_page(found).replace("$name", "")
    assert not any(key.startswith("on") for _, attributes in page.found for key in attributes)


def test_every_error_is_on_the_page(found: RunErrors) -> None:
    items = Elements(error_page(found)).of("li")
    assert [(each["data-s"], each["data-c"], each["data-t"], each["data-o"]) for each in items] == [
        (each.side.value, each.category.value, each.mention.type, "right" if each.accepted else "wrong")
        for each in found.errors
    ]
    assert [each["data-c"] for each in items] == ["missing", "right", "right"]


def test_highlights(found: RunErrors) -> None:
    spans = [each for each in Elements(error_page(found)).of("span") if "title" in each]
    assert [(each["class"], each["title"]) for each in spans] == [
        ("g b", "gold GENE"),
        ("g b p", "gold GENE; predicted GENE"),
        ("g b p a", "gold GENE; predicted GENE; alternative GENE"),
        ("g a", "gold GENE; alternative GENE"),
        ("a", "alternative GENE"),
    ]


def test_the_page_needs_no_other_file(found: RunErrors, tmp_path: Path) -> None:
    page = Elements(error_page(found))
    assert not any(key in attributes for _, attributes in page.found for key in ("src", "href"))
    assert "url(" not in error_page(found)
    choices = {attributes["value"] for attributes in page.of("option")}
    assert choices == {"", "missing", "right", "fp", "fn", "GENE", "wrong"}
