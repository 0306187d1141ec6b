"""The beginning of the report: what its columns are, what differs from the paper's recipe, and what was run."""

from __future__ import annotations

from collections.abc import Iterable

from bner.report.cells import Results, Variant
from bner.report.paper import PAPER
from bner.tracking.tags import MACHINE, git_commit
from bner.tracking.variants import VariantRun

_VECTORS = "vectors.sha256"


def heading(results: Results, base: Variant, resamples: int) -> str:
    """Return the report's title and introduction, in Markdown.

    Args:
        results: the finished runs.
        base: the variant that tables compare with.
        resamples: of the bootstraps.
    """
    runs = [run for cell in results.cells.values() for run in cell.runs]
    hours = sum(run.minutes for run in runs) / 60
    return f"""# The paper's comparisons, from tracked runs

Written by `bner report` at commit {git_commit()}. Scores are on the test parts, in percent: means over seeds, ± the
sample standard deviation where there are several. `official` is the shared task's own rule, `strict` accepts no
alternative annotation. Effects are differences of official F1 in points, with the 95 % interval and p of the paired
bootstrap over sentences and seeds ({resamples:,} resamples); p is corrected by Holm's method over the rows of a table
on a corpus. Each test is a run of the experiment bner-significance. The paper's column has the values that the prose
of {PAPER} gives or implies, and no others; it is no result of these runs.

{_recipe(results, base)}

{len(runs)} runs, {hours:.1f} hours of machine time.

- Machines: {"; ".join(_values(runs, MACHINE))}.
- Commits of the code: {", ".join(_values(runs, "git.commit"))}.
- Vector files, with the beginning of their SHA-256: {", ".join(_vectors(runs)) or "none"}."""


def _recipe(results: Results, base: Variant) -> str:
    """Say once what differs from the recipe of the paper, by the settings of the base variant."""
    run = next(run for (_, variant), cell in results.cells.items() if variant == base for run in cell.runs)
    batch, epochs, optimizer = (
        run.params.get(key, "?") for key in ("batch_size", "trainer.max_epochs", "optimizer.name")
    )
    return f"""**What differs from the paper's recipe.** The base variant is {base} (settings: {base.settings}):
{optimizer}, batches of {batch} sentences where the paper has one, at most {epochs} epochs where it has 30, the best
epoch on dev kept. GloVe (glove50) stands where SENNA and Google News stand in the paper; the rows of these two are
missing where their files are. The biomedical vectors are trained on far less text than the paper's. Of the two
attentions over characters, `attention` follows the paper's equations and `attention_hidden` its program."""


def _values(runs: Iterable[VariantRun], tag: str) -> list[str]:
    return sorted({run.tags.get(tag, "unknown") for run in runs})


def _vectors(runs: Iterable[VariantRun]) -> list[str]:
    hashes = {(run.tags["variant.embedding"], run.tags.get(_VECTORS, "random")) for run in runs}
    return [f"{label} {digest[:12]}" for label, digest in sorted(hashes) if not digest.startswith("random")]
