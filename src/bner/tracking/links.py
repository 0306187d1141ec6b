"""Links between tests of significance and the runs that they compare, by tags and in the runs' notes."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlflow.entities import RunTag
from mlflow.tracking import MlflowClient

from bner.tracking.store_errors import store_errors
from bner.tracking.tags import NOTE

COMPARED = "compare.runs"  # tag of a test: the compared runs
TESTS = "significance.runs"  # tag of a compared run: the runs of its tests, the latest last
_HEADING = "\n\n**Tests of significance**"
_MOST_RUNS = 200  # that the tag holds
_MOST_TEXT = 7000  # characters of a note, of 8000 that MLflow keeps; older tests are still found by the link to all


@dataclass(frozen=True)
class TestLink:
    """A tracked test as a run's note shows it.

    Attributes:
        run_id: of the test's run.
        said: the test and its result in a few words.
    """

    run_id: str
    said: str

    __test__ = False  # no test of pytest's


def described_test(said: str, compared: Sequence[tuple[str, str, str]]) -> str:
    """Return the note of a test, with links to the compared runs, in Markdown.

    Args:
        said: the test and its result in a few words.
        compared: experiment, identifier and name of each run.
    """
    lines = [f"- [{name}]({_page(experiment_id, run_id)})" for experiment_id, run_id, name in compared]
    return f"{said}. The compared runs:\n\n" + "\n".join(lines)


def link_tests(
    client: MlflowClient, uri: str, tests_experiment: str, run_id: str, beside: Mapping[str, Sequence[TestLink]]
) -> None:
    """Link a compared run with its tests, by a tag and in its note; those that it links already are left as they are.

    Args:
        client: of the store.
        uri: its address, for messages.
        tests_experiment: identifier of the experiment of the tests.
        run_id: the compared run.
        beside: the tests by what it was compared with.

    Raises:
        BnerError: the store does not accept tags.
    """
    with store_errors(uri, "does not accept tags"):
        tags = client.get_run(run_id).data.tags
        known, note = tags.get(TESTS, "").split(), tags.get(NOTE, "")
        lines = []
        for other, tests in beside.items():
            new = [each for each in tests if each.run_id not in known]
            if new:
                links = "; ".join(f"[{each.said}]({_page(tests_experiment, each.run_id)})" for each in new)
                lines.append(f"- beside {other}: {links}")
                known += [each.run_id for each in new]
        if lines:
            added = [
                RunTag(TESTS, " ".join(known[-_MOST_RUNS:])),
                RunTag(NOTE, _note(note, lines, tests_experiment, run_id)),
            ]
            client.log_batch(run_id, tags=added)


def _note(note: str, lines: Sequence[str], tests_experiment: str, run_id: str) -> str:
    """Add lines to the section of the note, and drop the oldest ones where it gets too long."""
    before, _, section = note.partition(_HEADING)
    search = urllib.parse.quote(f"tags.{COMPARED} LIKE '%{run_id}%'")
    head = f"{before}{_HEADING} ([all](#/experiments/{tests_experiment}/runs?searchFilter={search}))\n\n"
    kept = [*(line for line in section.splitlines() if line.startswith("- ")), *lines]
    while len(kept) > 1 and len(head) + sum(len(line) + 1 for line in kept) > _MOST_TEXT:
        kept.pop(0)
    return head + "\n".join(kept)


def _page(experiment_id: str, run_id: str) -> str:
    return f"#/experiments/{experiment_id}/runs/{run_id}"  # short, as many of them share a note
