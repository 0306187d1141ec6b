"""The CRF alone beside pytorch-crf: python benchmarks/crf_speed.py [--quick] [--turns N] [--json FILE].

Milliseconds of the loss with its gradients, and of decoding, for batches of sentences of 40 tokens and for batches that
mix sentences of 5 to 75 tokens, with GM's 5 and JNLPBA's 21 labels, on one and two threads. Both are measured in turns;
figures are medians of the turns. `floor` is the time of the recursion's matrix products at the rate measured in the
same run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from comparison.floor import gemm_rate
from comparison.report import CrfReport, options
from torchcrf import CRF

from bner.model.network import CRFDecoder
from bner.runtime.torch_setup import prepare

STEPS = 40
Work = Callable[[], object]


def main() -> None:
    """Print the table."""
    chosen = options(__doc__).parse_args()
    report = CrfReport(chosen.json)
    turns = chosen.turns or (15 if chosen.quick else 60)
    sizes = (16, 32) if chosen.quick else (1, 4, 16, 32, 64, 256)
    for threads in (1, 2):
        prepare(threads)
        rate = gemm_rate(threads)
        for labels in (5, 21):
            for batch in sizes:
                for mixed in (False, True):
                    floor = 2 * 2 * batch * STEPS * labels**2 / rate * 1e3
                    name = f"labels={labels} batch={batch} lengths={'mixed' if mixed else STEPS} threads={threads}"
                    losses, decoders = _work(labels, batch, mixed)
                    report.add(f"loss {name}", _medians(losses, turns), floor)
                    report.add(f"decode {name}", _medians(decoders, turns), floor / 2)
    report.write()


def _work(labels: int, batch: int, mixed: bool) -> tuple[dict[str, Work], dict[str, Work]]:
    """Return the work to be measured: the loss with its gradients, and decoding, of both."""
    torch.manual_seed(1)
    lengths = torch.randint(5, 2 * STEPS - 5, (batch,)) if mixed else torch.full((batch,), STEPS)
    steps = int(lengths.max())
    emissions = torch.randn(batch, steps, labels, requires_grad=True)
    gold = torch.randint(0, labels, (batch, steps))
    inside = torch.arange(steps) < lengths[:, None]
    ours, plain = CRFDecoder(labels), CRF(labels, batch_first=True)
    with torch.no_grad():
        plain.transitions.copy_(ours.transitions)
        plain.start_transitions.zero_()
        plain.end_transitions.zero_()

    def our_loss() -> torch.Tensor:
        return ours.loss(emissions, gold, lengths).mean()

    def plain_loss() -> torch.Tensor:
        loss: torch.Tensor = -plain(emissions, gold, inside, reduction="mean")
        return loss

    def our_labels() -> list[list[int]]:
        rows = ours.decode(emissions, lengths).tolist()
        return [row[:length] for row, length in zip(rows, lengths.tolist(), strict=True)]

    def plain_labels() -> list[list[int]]:
        found: list[list[int]] = plain.decode(emissions, inside)
        return found

    torch.testing.assert_close(our_loss(), plain_loss())  # they compute the same
    assert our_labels() == plain_labels()
    losses: dict[str, Work] = {"ours": lambda: our_loss().backward(), "plain": lambda: plain_loss().backward()}
    return losses, {"ours": torch.no_grad()(our_labels), "plain": torch.no_grad()(plain_labels)}


def _medians(work: dict[str, Work], turns: int) -> dict[str, float]:
    """Return the milliseconds of each, after a turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(turns + 1):
        for name, each in work.items():
            began = time.perf_counter()
            each()
            if turn:
                times[name].append(1e3 * (time.perf_counter() - began))
    return {name: statistics.median(found) for name, found in times.items()}


if __name__ == "__main__":
    main()
