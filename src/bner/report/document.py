"""A report as sections of text, tables and figures, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bner.runtime.files import write_lines, written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        title: its heading.
        text: Markdown under the heading; a figure is shown after it.
        tables: CSV files by name without extension.
        figures: by name without extension, each written as PNG and PDF.
    """

    title: str
    text: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def markdown(self) -> str:
        """Return the section in Markdown."""
        shown = [f"![{name}]({name}.png)" for name in self.figures]
        return "\n\n".join([f"## {self.title}", *filter(None, [self.text.strip()]), *shown])


def write_document(folder: Path, name: str, heading: str, sections: Sequence[Section]) -> list[Path]:
    """Write a report: Markdown that shows the figures, a CSV file for each table, PNG and PDF for each figure.

    Each file is written whole or not at all; other files of the folder stay.

    Args:
        folder: of the report, created where it does not exist.
        name: of the Markdown file.
        heading: title and introduction, in Markdown.
        sections: in their order.

    Returns:
        The files.

    Raises:
        BnerError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for section in sections:
        for key, table in section.tables.items():
            path = folder / f"{key}.csv"
            write_lines(path, table.to_csv(index=False, float_format="%.6g", lineterminator="\n").splitlines())
            written.append(path)
        for key, figure in section.figures.items():
            for extension in ("png", "pdf"):
                path = folder / f"{key}.{extension}"
                # without the time of writing, so that the same runs give the same files
                metadata = {"CreationDate": None} if extension == "pdf" else {"Software": None}
                with written_whole(path) as temporary:
                    figure.savefig(temporary, format=extension, dpi=150, metadata=metadata)
                written.append(path)
    path = folder / name
    write_lines(path, "\n\n".join([heading.strip(), *(section.markdown() for section in sections)]).splitlines())
    return [*written, path]
