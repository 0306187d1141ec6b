"""The corpora of the paper, from two shared tasks."""

from __future__ import annotations

from pathlib import Path

from bner.corpora.corpus import CorpusConfig
from bner.corpora.gm import GMConfig
from bner.corpora.iob2 import IOB2Config


def shared_task_corpora(data: Path) -> dict[str, CorpusConfig]:
    """Return the configurations of the paper's two corpora in a data folder, by name; the same as in conf/corpus."""
    return {
        "gm": GMConfig("gm", str(data / "corpora" / "bc2gm"), "train", "test", fetch="bc2gm"),
        "jnlpba": IOB2Config(
            "jnlpba", str(data / "corpora" / "jnlpba"), "Genia4ERtask2.iob2", "Genia4EReval2.iob2", fetch="jnlpba"
        ),
    }
