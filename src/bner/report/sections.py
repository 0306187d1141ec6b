"""The sections of the report, each from tracked runs: Tables 1 to 7, Figures 2 to 4, and the runs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bner.analysis.features import cosine_similarities, occurrences
from bner.corpora.corpus import Corpus
from bner.corpora.split import Split
from bner.report.bars import figure2
from bner.report.cells import NO_CHARACTERS, Results, Variant, changed
from bner.report.corpus_statistics import beside_paper, table1, types_of
from bner.report.document import Section
from bner.report.errors import error_tables
from bner.report.feature_figures import figure3, figure4
from bner.report.features import feature_table
from bner.report.filled import FilledRow, frame
from bner.report.markdown import comparison_table, markdown_table, percent
from bner.report.paper import PAPER, paper_value, published_systems
from bner.report.tables import FEATURES, Table
from bner.tracking.tags import COMMAND, MACHINE

_PARTS = ("sentences", "tokens", "mentions", "types", "mean_length", "one_token", "over_three_tokens")
_MEASURES = {  # of the error analysis, with the paper's name of the quantity
    "gold mentions that are missing": "missing mentions",
    "missing mentions one token long": "missing mentions one word long",
    "missing mentions of type protein": "missing mentions of type protein",
}


def statistics_section(corpora: dict[str, tuple[Corpus, Split]]) -> Section:
    """Table 1: the corpora, and what the paper's prose says of them."""
    parts, types, stated = table1(corpora), types_of(corpora), beside_paper(corpora)
    rows = [
        [corpus, part, *(_number(row[column], column) for column in _PARTS)]
        for (corpus, part), row in ((key, parts.loc[key]) for key in parts.index)
    ]
    beside = [
        [row["corpus"], row["quantity"], row["part"], f"{row['computed']:.6g}", f"{row['paper']:g}"]
        for row in stated.to_dict("records")
    ]
    text = markdown_table(["corpus", "part", *(name.replace("_", " ") for name in _PARTS)], rows)
    if beside:
        header = ["corpus", "quantity", "part", "computed", f"{PAPER}"]
        text += f"\n\nWhat the paper's prose states, in its units:\n\n{markdown_table(header, beside)}"
    tables = {"table1": parts.reset_index(), "table1_types": types.reset_index(), "table1_paper": stated}
    return Section("Table 1: corpora", text, tables)


def comparison_section(table: Table, filled: dict[str, list[FilledRow]]) -> Section:
    """Tables 2 to 4, Figure 2 and the single changes: scores, effects, and the commands of missing cells.

    Args:
        table: the table.
        filled: its rows by corpus.
    """
    frames = {corpus: frame(rows) for corpus, rows in filled.items()}
    parts = [table.text]
    for corpus, own in frames.items():
        parts.append(f"**{corpus}**\n\n{comparison_table(own)}")
    missing = [command for own in frames.values() for command in own["missing"].dropna()]
    if missing:
        commands = "\n".join(dict.fromkeys(missing))
        parts.append(f"Missing cells, one seed each, are filled by\n\n```\n{commands}\n```")
    joined = pd.concat(list(frames.values()), ignore_index=True)
    figures = {"figure2": figure2(joined)} if table.name == "figure2" else {}
    return Section(table.title, "\n\n".join(parts), {table.name: joined}, figures)


def systems_section(results: Results, base: Variant, corpus: str, number: int) -> Section | None:
    """Tables 5 and 6: published systems as the paper cites them, and the runs beside them; None where it has none.

    Args:
        results: the finished runs.
        base: the paper's best model.
        corpus: the corpus.
        number: of the table.
    """
    published = published_systems(corpus)
    if published.empty:
        return None
    rows = [
        [row["name"], "published", f"{row['f1']:.2f}", row["method"], f"{row['source']}; number from {row['stated']}"]
        for row in published.to_dict("records")
    ]
    own = []
    for cell in sorted(
        (
            cell
            for (name, variant), cell in results.cells.items()
            if name == corpus
            and (variant == base or variant.model == FEATURES or "program" in variant.settings.split())
        ),
        key=lambda cell: -cell.mean("test/official_f1"),
    ):
        score = percent(cell.mean("test/official_f1"), cell.deviation("test/official_f1"))
        seeds = f"{len(cell.runs)} seed{'s' if len(cell.runs) > 1 else ''}"
        own.append([f"bner: {cell.variant}", "measured", score, cell.variant.settings, seeds])
    text = markdown_table(["system", "", "official F1", "method", "source"], [*own, *rows])
    columns = ["system", "kind", "official_f1", "method", "source"]
    name = f"table{number}"
    return Section(f"Table {number}: systems on {corpus}", text, {name: pd.DataFrame([*own, *rows], columns=columns)})


def errors_section(results: Results, base: Variant, data: Path | None) -> Section:
    """Table 7, the categories of errors, missing mentions and confusions of types, of the best model's first seed."""
    parts: list[str] = []
    frames: dict[str, pd.DataFrame] = {}
    for corpus in results.corpora:
        for variant in (base, changed(base, char=NO_CHARACTERS)):
            runs = results.cell(corpus, variant).runs
            if not runs:
                parts.append(f"**{corpus}, {variant}**: no run.")
                continue
            found = error_tables(results.uri, runs[0].run_id, data)
            key = f"{corpus}_{'without_characters' if variant.char == NO_CHARACTERS else 'best'}"
            frames |= {f"table7_{key}": found.table7.reset_index(), f"errors_{key}": found.categories,
                       f"error_shares_{key}": found.summary}  # fmt: skip
            parts.append(f"**{corpus}, {runs[0].name}** (`bner errors {runs[0].run_id}`)")
            if variant == base:
                parts += [_table7(found.table7), _categories(found.categories)]
            parts.append(_measures(found.summary, corpus, variant.char == NO_CHARACTERS))
            if variant == base and len(found.confusion_matrix) > 1:
                matrix = found.confusion_matrix
                frames[f"confusions_{key}"] = found.confusions
                rows = [[str(gold), *map(str, matrix.loc[gold])] for gold in matrix.index]
                parts.append(
                    "Confusions of types where both ends are right, gold types in rows, predicted ones in columns:\n\n"
                    + markdown_table(["", *map(str, matrix.columns)], rows)
                )
    return Section("Table 7: errors", "\n\n".join(parts), frames)


def features_section(results: Results, base: Variant, data: Path | None) -> Section:
    """Figures 3 and 4: the features before the CRF of the paper's two sentences."""
    corpora = [corpus for corpus in ("jnlpba", *results.corpora) if results.cell(corpus, base).runs]
    title = "Figures 3 and 4: features before the CRF"
    if not corpora:
        return Section(title, f"No run of {base}.")
    run = results.cell(corpora[0], base).runs[0]
    table = feature_table(results.uri, run.run_id, data)
    similarities = cosine_similarities(occurrences(table))
    names = list(map(str, similarities.columns))
    values = similarities.to_numpy().tolist()
    rows = [[name, *(f"{value:.3f}" for value in row)] for name, row in zip(names, values, strict=True)]
    text = (
        f"Of the run {run.name}. Figure 3: the paper's two contexts; Figure 4: the three columns of the word factor, "
        "the second and third of which stand in gold mentions. Their cosine similarities:\n\n"
        + markdown_table(["", *names], rows)
    )
    frames = {"features": table, "figure4_similarities": similarities.reset_index(names="")}
    return Section(title, text, frames, {"figure3": figure3(table), "figure4": figure4(table)})


def runs_section(results: Results) -> Section:
    """All runs that the report is made of, with commits, machines and commands."""
    rows = [
        {
            "corpus": run.corpus, "name": run.name, "run": run.run_id, "seed": run.seed,
            "dev_f1": run.metrics.get("dev/best_f1"), "official_f1": run.metrics.get("test/official_f1"),
            "strict_f1": run.metrics.get("test/f1"), "minutes": round(run.minutes, 1),
            "commit": run.tags.get("git.commit", "unknown"), "machine": run.tags.get(MACHINE, "unknown"),
            "vectors_sha256": run.tags.get("vectors.sha256"),
            "command": run.tags.get(COMMAND, "unknown"),
        }
        for cell in results.cells.values()
        for run in cell.runs
    ]  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["corpus", "name"], ignore_index=True)
    text = (
        f"{len(table)} runs, {table['minutes'].sum() / 60:.1f} hours in total; runs.csv has each with its scores, "
        "commit, machine and the command that repeats it."
    )
    return Section("Runs", text, {"runs": table})


def _table7(table: pd.DataFrame) -> str:
    rows = [
        [str(kind), str(int(row["fp"])), percent(row["fp_share"]), str(int(row["fn"])), percent(row["fn_share"])]
        for kind, row in ((kind, table.loc[kind]) for kind in table.index)
    ]
    return markdown_table(["errors", "FP", "% of FP", "FN", "% of FN"], rows)


def _categories(table: pd.DataFrame) -> str:
    rows = [
        [row["category"], str(row["fp"]), percent(row["fp_share"]), str(row["fn"]), percent(row["fn_share"])]
        for row in table.to_dict("records")
    ]
    return markdown_table(["category", "FP", "% of FP", "FN", "% of FN"], rows)


def _measures(table: pd.DataFrame, corpus: str, without_characters: bool) -> str:
    rows = []
    for row in table.to_dict("records"):
        quantity = _MEASURES.get(row["measure"])
        if without_characters:
            quantity = f"{quantity}, no characters" if row["measure"] == "missing mentions one token long" else None
        stated = paper_value(quantity, corpus) if quantity else None
        rows.append(
            [row["measure"], str(row["part"]), str(row["whole"]), percent(row["share"]),
             "-" if stated is None else f"{stated:g}"]
        )  # fmt: skip
    return markdown_table(["", "number", "of", "%", f"{PAPER}, %"], rows)


def _number(value: float, column: str) -> str:
    if column in ("one_token", "over_three_tokens"):
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if column == "mean_length" else f"{value:.0f}"


def missing_commands(sections: Sequence[Section]) -> list[str]:
    """Return the commands of all missing cells, each once."""
    found: dict[str, None] = {}
    for section in sections:
        for table in section.tables.values():
            if "missing" in table.columns:
                found |= dict.fromkeys(table["missing"].dropna())
    return list(found)
