"""The metrics give what the pure functions give, whatever the batches and however many the processes."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from bner.corpora.sentence import Mention
from bner.scoring.gm import gm_counts
from bner.scoring.jnlpba import jnlpba_counts
from bner.scoring.metrics import GMOfficial, JNLPBAOfficial, StrictSpans
from bner.scoring.spans import strict_counts

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


def as_gm(sentences: Sentences, names: list[int]) -> dict[str, list[tuple[int, int]]]:
    return {str(name): [(m.start, m.end - 1) for m in sentences[name]] for name in names}


def updated(names: list[int], batch: int) -> tuple[StrictSpans, GMOfficial, JNLPBAOfficial]:
    gold, predicted = made(1)
    alternatives, _ = made(2)
    strict, official, jnlpba = StrictSpans(), GMOfficial(), JNLPBAOfficial(TYPES)
    for first in range(0, len(names), batch):
        part = names[first : first + batch]
        strict.update([predicted[n] for n in part], [gold[n] for n in part])
        official.update(as_gm(predicted, part), as_gm(gold, part), as_gm(alternatives, part))
        jnlpba.update([predicted[n] for n in part], [gold[n] for n in part])
    return strict, official, jnlpba


def check(strict: StrictSpans, official: GMOfficial, jnlpba: JNLPBAOfficial) -> None:
    gold, predicted = made(1)
    alternatives, _ = made(2)
    everything = list(range(len(gold)))
    expected = strict_counts(gold, predicted)
    assert strict.compute() == {"precision": expected.precision, "recall": expected.recall, "f1": expected.f1}
    counts = gm_counts(as_gm(gold, everything), as_gm(alternatives, everything), as_gm(predicted, everything))
    assert official.compute()["f1"] == counts.f1
    for key, row in jnlpba_counts(gold, predicted, TYPES).items():
        assert jnlpba.compute()[key] == {"precision": row.precision, "recall": row.recall, "f1": row.f1}


@pytest.mark.parametrize("batch", [1, 7, 60])
def test_batches(batch: int) -> None:
    check(*updated(list(range(60)), batch))


def test_reset() -> None:
    strict, *_ = updated(list(range(60)), 60)
    strict.reset()
    assert strict.compute()["f1"] == 0


def _process(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    check(*updated(list(range(60))[rank::2], 7))
    (Path(folder) / str(rank)).touch()
    dist.destroy_process_group()


def test_two_processes(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(_process, args=(port, str(tmp_path)), nprocs=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
