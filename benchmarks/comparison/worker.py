"""One system in a process of its own, which reads orders and answers each with what it measured.

An order is a line of JSON on standard input, `{"what": "train" or "tag", "threads": N, "batch_size": N, "amount": N}`;
the amount is updates in training and sentences in tagging. The first answer on standard output is `"ready"`, that to
an order `{"seconds": S, "tokens": N, "sentences": N, "peak": MiB}`. Other checkouts of bner are measured by the same
protocol (`--before`), so that it has to stay as it is.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from typing import Protocol

import torch

from bner.corpora.sentence import Sentence
from comparison.peak_memory import peak_memory, reset_peak
from comparison.task import Task, load

SYSTEMS = {
    "ours": ("comparison.ours", "Ours"),
    "plain": ("comparison.plain", "Plain"),
    "flair": ("comparison.flair_tagger", "Flair"),
}


class System(Protocol):
    """A tagger that trains and tags."""

    def train(self, batch_size: int, updates: int) -> float:
        """Return the seconds of so many updates."""

    def tag(self, sentences: Sequence[Sentence], batch_size: int) -> float:
        """Return the seconds of tagging the sentences."""


def main() -> None:
    """Carry out the orders: python -m comparison.worker SYSTEM CORPUS."""
    name, corpus = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # so that nothing else is written between the answers
    module, class_name = SYSTEMS[name]
    task = load(corpus)
    system: System = getattr(importlib.import_module(module), class_name)(task)
    system.train(batch_size=16, updates=20)  # so that most of what is tagged later is outside of mentions, as usual
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(_carry_out(system, task, **order)), file=answers, flush=True)


def _carry_out(system: System, task: Task, what: str, threads: int, batch_size: int, amount: int) -> dict[str, float]:
    """Train for `amount` updates, or tag the first `amount` test sentences."""
    torch.set_num_threads(threads)
    reset_peak()
    if what == "train":
        sentences = [each for batch in task.first_batches(batch_size, amount) for each in batch]
        seconds = system.train(batch_size, amount)
    else:
        sentences = list(task.test[:amount])
        seconds = system.tag(sentences, batch_size)
    tokens = sum(len(sentence.tokens) for sentence in sentences)
    return {"seconds": seconds, "tokens": tokens, "sentences": len(sentences), "peak": peak_memory()}


if __name__ == "__main__":
    main()
