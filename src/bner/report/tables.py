"""The paper's comparisons as lists of rows: Tables 2 to 4, Figure 2, and the single changes of the best model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bner.report.cells import NO_CHARACTERS, Results, Variant, changed

MODELS = ("lstm", "blstm")
PAPER_VECTORS = ("random300", "senna50", "google300", "biomed50", "biomed300")
FEATURES = "feature_crf"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        label: what the row says of its variant.
        variant: the variant.
        baseline: the variant that it is compared with; None for the baseline itself.
        paper: the name of the paper's value for this row, see `bner.report.paper.implied_f1`; None where its prose
            gives none.
    """

    label: str
    variant: Variant
    baseline: Variant | None
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report.

    Attributes:
        name: of its files, as in table2.
        title: its heading.
        text: what it compares, in a sentence or two.
        rows: its rows, the same for each corpus.
    """

    name: str
    title: str
    text: str
    rows: tuple[Row, ...]


def tables(results: Results, base: Variant) -> list[Table]:
    """Return the tables that compare variants.

    Args:
        results: the finished runs, whose vectors are listed beside those of the paper.
        base: the variant that tables compare with.
    """
    return [
        Table(
            "table2", "Table 2: word vectors and directions",
            f"Frozen vectors, {_said(base)}. Effects are against {_words(base)}.",
            tuple(_table2(results, base)),
        ),
        Table(
            "table3", "Table 3: tuned word vectors",
            "Each variant with tuned vectors against the same one with frozen vectors.",
            tuple(_table3(results, base)),
        ),
        Table(
            "table4", "Table 4: CRF and softmax", f"Effects are against {_words(base)} with the CRF.",
            (Row("softmax", changed(base, decoder="softmax"), base, "softmax"), Row("CRF", base, None, "best")),
        ),
        Table(
            "figure2", "Figure 2: characters", "Each model without characters against the same one with them.",
            tuple(_figure2(base)),
        ),
        Table(
            "ablations", "Single changes",
            f"Each row is {_words(base)} with one change; the last rows are the program that made the paper's scores "
            "and a CRF on hand-made features.",
            tuple(_ablations(results, base)),
        ),
    ]  # fmt: skip


def _table2(results: Results, base: Variant) -> Iterator[Row]:
    for model in MODELS:
        for embedding in _embeddings(results, base):
            variant = changed(base, model=model, embedding=embedding)
            paper = {
                ("blstm", "biomed300"): "best", ("blstm", "random300"): "random300", ("blstm", "senna50"): "senna50",
                ("lstm", "biomed300"): "lstm",
            }.get((model, embedding))  # fmt: skip
            yield Row(f"{model.upper()}, {embedding}", variant, None if variant == base else base, paper)


def _table3(results: Results, base: Variant) -> Iterator[Row]:
    for model in MODELS:
        for embedding in _embeddings(results, base):
            frozen = changed(base, model=model, embedding=embedding)
            tuned = changed(frozen, vectors="tuned")
            yield Row(f"{model.upper()}, {embedding}, frozen", frozen, None)
            paper = "tuned" if (model, embedding) == ("blstm", "biomed300") else None
            yield Row(f"{model.upper()}, {embedding}, tuned", tuned, frozen, paper)


def _figure2(base: Variant) -> Iterator[Row]:
    for model in MODELS:
        with_characters = changed(base, model=model)
        paper = ("nochar", "best") if model == "blstm" else (None, "lstm")
        without = changed(with_characters, char=NO_CHARACTERS)
        yield Row(f"{model.upper()}, without characters", without, with_characters, paper[0])
        yield Row(f"{model.upper()}, with characters", with_characters, None, paper[1])


def _ablations(results: Results, base: Variant) -> Iterator[Row]:
    other = "attention" if base.char != "attention" else "attention_hidden"
    yield Row(_words(base), base, None, "best")
    yield Row("one direction", changed(base, model="lstm"), base, "lstm")
    yield Row("Elman units", changed(base, model="brnn"), base)
    yield Row("no characters", changed(base, char=NO_CHARACTERS), base, "nochar")
    yield Row(f"characters: {other}", changed(base, char=other), base)
    yield Row("softmax", changed(base, decoder="softmax"), base, "softmax")
    yield Row("tuned vectors", changed(base, vectors="tuned"), base, "tuned")
    yield Row("random300", changed(base, embedding="random300"), base, "random300")
    yield Row("glove50", changed(base, embedding="glove50"), base)
    for model in ("program", FEATURES):
        for variant in _others(results, model):
            yield Row(_other_words(variant), variant, base)


def _others(results: Results, model: str) -> list[Variant]:
    """Return the variants of the paper's program or of the CRF on features that have runs, on any corpus."""
    found = {variant for _, variant in results.cells if model in (variant.model, *variant.settings.split())}
    return sorted(found, key=lambda each: (str(each), each.settings))


def _embeddings(results: Results, base: Variant) -> list[str]:
    """Return the paper's vectors and the others that have runs with the base's settings; the best ones last."""
    found = {
        variant.embedding
        for _, variant in results.cells
        if changed(base, model=variant.model, embedding=variant.embedding) == variant and variant.model in MODELS
    }
    others = sorted(found - set(PAPER_VECTORS))
    return [*PAPER_VECTORS[:3], *others, *PAPER_VECTORS[3:]]


def _words(base: Variant) -> str:
    return f"{base.model.upper()} on {base.vectors} {base.embedding} vectors"


def _said(base: Variant) -> str:
    changes = "" if base.settings == "default" else f" and {base.settings}"
    return f"characters by {base.char}, decoder {base.decoder}{changes}"


def _other_words(variant: Variant) -> str:
    return f"{variant.model} ({variant.settings})" if variant.settings != "default" else variant.model
