"""Training speed beside the same network written plainly, Flair, and the matrix products alone.

    BNER_DATA=... python benchmarks/train_speed.py [--quick] [--json FILE]

On GM and JNLPBA (without BNER_DATA on the sample), one and two threads, batches of 1 to 256 sentences: the paper's best
model, frozen 300-wide vectors. All train on the same sentences in the same batches and take turns; medians of turns.
`floor` is the speed if the network's matrix products were all there is, at the rate measured in the same run.
"""

from __future__ import annotations

from contest.floor import gemm_rate, operations
from contest.report import Report, arguments
from contest.task import corpora, load
from contest.turns import contestants, started, take_turns


def main() -> None:
    """Prints the table."""
    chosen = arguments(__doc__)
    sizes, turns = ((16,), 3) if chosen.quick else ((1, 4, 16, 64, 256), 3)
    report = Report(chosen.json)
    names = contestants()
    for corpus in corpora():
        work = operations(load(corpus), training=True)
        with started(names, corpus) as processes:
            for threads in (1, 2):
                floor = gemm_rate(threads) / work
                for size in sizes:
                    amounts = {name: _updates(name, size) for name in names}
                    found = take_turns(processes, amounts, turns, what="train", threads=threads, batch_size=size)
                    report.add(f"{corpus} threads={threads} batch={size}", found, floor)
    report.write()


def _updates(name: str, size: int) -> int:
    """Updates in a turn: of a number of sentences together, at least two."""
    return max(2, (96 if name == "flair" else 320) // size)


if __name__ == "__main__":
    main()
