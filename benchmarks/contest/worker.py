"""One contestant in a process of its own: it takes orders, one a line, and answers each with what it measured."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import torch

from contest.task import Task, load

CONTESTANTS = {"ours": ("contest.ours", "Ours"), "plain": ("contest.plain", "Plain"),
               "flair": ("contest.flair_tagger", "Flair")}  # fmt: skip


def main() -> None:
    """python -m contest.worker CONTESTANT CORPUS, orders on standard input, answers on standard output."""
    name, corpus = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # for nothing else to come between the answers
    module, contestant = CONTESTANTS[name]
    task = load(corpus)
    made = getattr(importlib.import_module(module), contestant)(task)
    made.train(batch_size=16, updates=20)  # so that what is tagged later is mostly outside of mentions, as in real life
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(_carry_out(made, task, **order)), file=answers, flush=True)


def _carry_out(made: object, task: Task, what: str, threads: int, batch_size: int, amount: int) -> dict[str, float]:
    """Trains for a number of updates, or tags the first `amount` test sentences."""
    torch.set_num_threads(threads)
    forget_peak()
    if what == "train":
        sentences = [each for batch in task.first_batches(batch_size, amount) for each in batch]
        seconds = made.train(batch_size, amount)
    else:
        sentences = task.test[:amount]
        seconds = made.tag(sentences, batch_size)
    tokens = sum(len(sentence.tokens) for sentence in sentences)
    return {"seconds": seconds, "tokens": tokens, "sentences": len(sentences), "peak": peak()}


def forget_peak() -> None:
    """Lets the kernel begin anew with the largest resident set."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The largest resident set since then, MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
