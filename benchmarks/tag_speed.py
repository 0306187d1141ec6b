"""Tagging speed beside the same network written plainly, Flair, and the matrix products alone.

    BNER_DATA=... python benchmarks/tag_speed.py [--quick] [--json FILE]

On the test parts of GM and JNLPBA (without BNER_DATA on the sample), one and two threads, batches of 1 to 256
sentences: the paper's best model after 20 updates, from tokens to mentions. bner tags the whole part, beginning with no
word known; the others, which keep nothing from batch to batch, its first 500 sentences (--quick: 300), as does bner in
batches of one. They take turns; medians of turns.
`floor` is the speed if each token's matrix products were all there is, at the rate measured in the same run.
"""

from __future__ import annotations

from contest.floor import gemm_rate, operations
from contest.report import Report, arguments
from contest.task import corpora, load
from contest.turns import contestants, started, take_turns


def main() -> None:
    """Prints the table."""
    chosen = arguments(__doc__)
    sizes, turns, others = ((32, 128), 3, 300) if chosen.quick else ((1, 16, 32, 128, 256), 3, 500)
    report = Report(chosen.json)
    names = contestants()
    for corpus in corpora():
        task = load(corpus)
        work = operations(task, training=False)
        with started(names, corpus) as processes:
            for threads in (1, 2):
                floor = gemm_rate(threads) / work
                for size in sizes:
                    whole = len(task.test) if size > 1 else others  # one by one, the whole part takes too long
                    amounts = {name: whole if name == "ours" else others for name in names}
                    found = take_turns(processes, amounts, turns, what="tag", threads=threads, batch_size=size)
                    report.add(f"{corpus} threads={threads} batch={size}", found, floor)
    report.write()


if __name__ == "__main__":
    main()
