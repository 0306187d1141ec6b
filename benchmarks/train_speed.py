"""Training speed beside the same network in plain PyTorch, Flair, and the matrix products alone.

    BNER_DATA=... python benchmarks/train_speed.py [--quick] [--turns N] [--json FILE] [--before FOLDER] [--only NAMES]

On GM and JNLPBA (without BNER_DATA on the sample), with one and two threads and batches of 1 to 256 sentences: the
paper's best model with frozen vectors of dimension 300. All systems train on the same sentences in the same batches and
are measured in turns; figures are medians of the turns. `floor` is the speed if the network's matrix products were all
there is, at the rate measured in the same run.

`--before` measures another checkout of bner as well. Of an older commit, without the other systems:

    mkdir old && git archive COMMIT | tar x -C old
    BNER_DATA=... python benchmarks/train_speed.py --quick --turns 15 --before old --only ours,before
"""

from __future__ import annotations

from comparison.floor import gemm_rate, operations
from comparison.report import Report, options
from comparison.systems import add_options, chosen_systems
from comparison.task import corpora, load
from comparison.turns import measure, started


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    add_options(parser)
    chosen = parser.parse_args()
    systems = chosen_systems(parser, chosen)
    sizes = (16,) if chosen.quick else (1, 4, 16, 64, 256)
    report = Report(chosen.json, systems)
    for corpus in corpora():
        work = operations(load(corpus), training=True)
        with started(systems, corpus) as processes:
            for threads in (1, 2):
                floor = gemm_rate(threads) / work
                for size in sizes:
                    amounts = {name: _updates(name, size) for name in systems}
                    found = measure(
                        processes, amounts, chosen.turns or 3, what="train", threads=threads, batch_size=size
                    )
                    report.add(f"{corpus} threads={threads} batch={size}", found, floor)
    report.write()


def _updates(name: str, size: int) -> int:
    """Return the updates in a turn: as many as a number of sentences takes, at least two."""
    return max(2, (96 if name == "flair" else 320) // size)


if __name__ == "__main__":
    main()
