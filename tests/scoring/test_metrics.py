"""The metric gives what the pure function gives, whatever the batches and however many the processes."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from bner.corpora.sentence import Mention
from bner.scoring.metrics import StrictSpans
from bner.scoring.spans import strict_counts, total

TYPES = ("DNA", "protein")
Sentences = list[list[Mention]]


def made(seed: int, sentences: int = 60) -> tuple[Sentences, Sentences]:
    """Gold and predicted mentions that agree in part."""
    rng = random.Random(seed)

    def one() -> list[Mention]:
        starts = sorted(rng.sample(range(0, 12, 3), rng.randint(0, 4)))
        return [Mention(start, start + rng.randint(1, 2), rng.choice(TYPES)) for start in starts]

    gold = [one() for _ in range(sentences)]
    return gold, [mentions if rng.random() < 0.5 else one() for mentions in gold]


def updated(numbers: list[int], batch: int) -> StrictSpans:
    gold, predicted = made(1)
    metric = StrictSpans()
    for first in range(0, len(numbers), batch):
        part = numbers[first : first + batch]
        metric.update([predicted[n] for n in part], [gold[n] for n in part])
    return metric


def check(metric: StrictSpans) -> None:
    expected = total(strict_counts(*made(1)))
    assert 0 < expected.f1 < 1
    assert metric.compute() == {"precision": expected.precision, "recall": expected.recall, "f1": expected.f1}


@pytest.mark.parametrize("batch", [1, 7, 60])
def test_batches(batch: int) -> None:
    check(updated(list(range(60)), batch))


def test_reset() -> None:
    metric = updated(list(range(60)), 60)
    metric.reset()
    metric.update([[]], [[]])
    assert metric.compute()["f1"] == 0


def _process(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    check(updated(list(range(60))[rank::2], 7))
    (Path(folder) / str(rank)).touch()
    dist.destroy_process_group()


def test_two_processes(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(_process, args=(port, str(tmp_path)), nprocs=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
