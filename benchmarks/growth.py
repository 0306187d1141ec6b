"""Growth of time and memory with the amount of data: BNER_DATA=... python benchmarks/growth.py.

Seconds of a training epoch, by Lightning's Trainer, on 1,000 to 13,500 sentences of GM (without BNER_DATA on fractions
of the sample), in batches of 16, and the exponent of seconds over tokens by least squares; then the largest resident
set while the test part is tagged once, four times and sixteen times over as one stream; then 10 sentences of 2,000
tokens, in training and in tagging.
"""

from __future__ import annotations

import itertools
import statistics
import time
from dataclasses import replace

import numpy as np
from comparison.ours import Ours
from comparison.peak_memory import peak_memory, reset_peak
from comparison.task import Task, corpora, load

from bner.corpora.sentence import Sentence
from bner.data.streaming import BATCH_SIZE
from bner.inference.predictor import Predictor
from bner.runtime.torch_setup import prepare

BATCH = 16
TURNS = 3


def main() -> None:
    """Print the tables."""
    prepare(threads=None)
    task = load(corpora()[0])
    _epochs(task)
    _stream(task)
    _long(task)


def _epochs(task: Task) -> None:
    counts = [count for count in (1000, 2000, 4000, 8000, 13500) if count <= len(task.train)]
    counts = counts if len(counts) > 1 else [len(task.train) // divisor for divisor in (4, 2, 1)]
    systems = {count: Ours(replace(task, train=task.train[:count])) for count in counts}
    seconds: dict[int, list[float]] = {count: [] for count in counts}
    for turn in range(TURNS + 1):
        for count, system in systems.items():
            found = system.train(BATCH, -(-count // BATCH))
            if turn:
                seconds[count].append(found)
    tokens = [sum(len(each.tokens) for each in task.train[:count]) for count in counts]
    medians = [statistics.median(found) for found in seconds.values()]
    print(f"| sentences | tokens | seconds of an epoch, median of {TURNS} | tokens/s |\n|---|---|---|---|")
    for count, amount, found in zip(counts, tokens, medians, strict=True):
        print(f"| {count:,} | {amount:,} | {found:.2f} | {amount / found:,.0f} |")
    exponent = np.polyfit(np.log(tokens), np.log(medians), 1)[0]
    print(f"exponent of seconds over tokens: {exponent:.3f}\n", flush=True)


def _stream(task: Task) -> None:
    system = Ours(task)
    system.train(BATCH, 20)
    print("| test part, times | tokens | tokens/s | peak MiB |\n|---|---|---|---|")
    for times in (1, 4, 16):
        reset_peak()
        stream = itertools.chain.from_iterable(itertools.repeat(task.test, times))
        began = time.perf_counter()
        predictor = Predictor(system.module.network, task.vocabulary)
        for _ in predictor.predict(each.tokens for each in stream):
            pass
        seconds = time.perf_counter() - began
        tokens = times * sum(len(each.tokens) for each in task.test)
        print(f"| {times} | {tokens:,} | {tokens / seconds:,.0f} | {peak_memory():,.0f} |", flush=True)


def _long(task: Task) -> None:
    words = list(itertools.chain.from_iterable(sentence.tokens for sentence in task.train))
    made = [tuple(itertools.islice(itertools.cycle(words), k * 2000, (k + 1) * 2000)) for k in range(10)]
    sentences = [Sentence(str(number), tokens) for number, tokens in enumerate(made)]
    system = Ours(replace(task, train=sentences))
    print("\n| 10 sentences of 2,000 tokens | seconds | peak MiB |\n|---|---|---|")
    for what, work in (
        ("one update", lambda: system.train(len(sentences), 1)),
        ("tagging", lambda: system.tag(sentences, BATCH_SIZE)),
    ):
        work()
        reset_peak()
        print(f"| {what} | {work():.2f} | {peak_memory():,.0f} |", flush=True)


if __name__ == "__main__":
    main()
