"""Links between tests of significance and the runs that they compare, by tags and in the runs' notes."""

from __future__ import annotations

from collections.abc import Mapping

from bner.tracking.next_steps import run_page
from bner.tracking.runs import TrackedRun
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import NOTE

TESTS = "significance.runs"  # tag of a compared run: the runs of its tests, the latest last
_HEADING = "\n\n**Tests of significance**\n"
_MOST = 50  # that a run links; older ones are still found from the tests' side


def link_test(test: TrackedRun, compared: Mapping[str, str], said: str) -> None:
    """Link a test with the runs that it compares, both ways.

    Args:
        test: the run of the test.
        compared: identifiers of the compared runs, each with the name of the other one.
        said: the test and its result in a few words.

    Raises:
        BnerError: the store does not accept tags.
    """
    client, lines = test.client, []
    with store_errors(test.store.uri, "does not accept tags"):
        for run_id, other in compared.items():
            run = client.get_run(run_id)
            tests = [*run.data.tags.get(TESTS, "").split(), test.id][-_MOST:]
            client.set_tag(run_id, TESTS, " ".join(tests))
            page = run_page(str(test.info.experiment_id), test.id)
            before, _, links = run.data.tags.get(NOTE, "").partition(_HEADING)
            kept = [line for line in links.splitlines() if line.startswith("- ")]
            kept = [*kept, f"- [{said}]({page}), beside {other}"][-_MOST:]
            client.set_tag(run_id, NOTE, before + _HEADING + "\n" + "\n".join(kept))
            lines.append(f"- [{run.info.run_name}]({run_page(str(run.info.experiment_id), run_id)})")
        client.set_tag(test.id, NOTE, f"{said}. The compared runs:\n\n" + "\n".join(lines))
