"""Tagging speed beside the same network in plain PyTorch, Flair, and the matrix products alone.

    BNER_DATA=... python benchmarks/tag_speed.py [--quick] [--turns N] [--json FILE] [--before FOLDER] [--only NAMES]

On the test parts of GM and JNLPBA (without BNER_DATA on the sample), with one and two threads and batches of 1 to 256
sentences: the paper's best model after 20 updates, from tokens to mentions. bner tags the whole part, beginning with an
empty cache; the others, which keep nothing from batch to batch, tag its first 500 sentences (--quick: 300), as bner
does in batches of one. The systems are measured in turns; figures are medians of the turns. `floor` is the speed if
each token's matrix products were all there is, at the rate measured in the same run.

`--before` measures another checkout of bner as well. Of an older commit, without the other systems:

    mkdir old && git archive COMMIT | tar x -C old
    BNER_DATA=... python benchmarks/tag_speed.py --quick --turns 15 --before old --only ours,before
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
    sizes, others = ((32, 128), 300) if chosen.quick else ((1, 16, 32, 128, 256), 500)
    report = Report(chosen.json, systems)
    for corpus in corpora():
        task = load(corpus)
        work = operations(task, training=False)
        with started(systems, corpus) as processes:
            for threads in (1, 2):
                floor = gemm_rate(threads) / work
                for size in sizes:
                    whole = len(task.test) if size > 1 else others  # one by one, the whole part takes too long
                    amounts = {name: whole if system.role == "ours" else others for name, system in systems.items()}
                    found = measure(processes, amounts, chosen.turns or 3, what="tag", threads=threads, batch_size=size)
                    report.add(f"{corpus} threads={threads} batch={size}", found, floor)
    report.write()


if __name__ == "__main__":
    main()
