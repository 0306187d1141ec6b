"""Time that tracking and checkpoints add: BNER_DATA=... python benchmarks/tracking_overhead.py [KEY=VALUE...].

Epochs of the default variant (GM; without BNER_DATA the sample) by Lightning's Trainer, training and dev scores, in
turns: with everything that a run tracks (metrics into sqlite, system metrics, last and best checkpoint, synced), and
without. Prints the seconds of each, what the median adds, and the seconds within metrics and checkpoints themselves.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from pytorch_lightning import Callback, Trainer, seed_everything
from pytorch_lightning.callbacks import Checkpoint

from bner.config.schema import flat, read_settings
from bner.experiments.build import build_data, build_module, build_trainer, read_data, read_vectors
from bner.runtime.torch_setup import prepare
from bner.tracking.logger import RunLogger
from bner.tracking.lookup import begin_run
from bner.tracking.runs import RunStore
from bner.training.callbacks import quiet
from bner.training.checkpoints import AtomicCheckpointIO
from bner.training.data_module import TaggingData

TURNS = 5
CONF = Path(__file__).resolve().parent.parent / "conf"


class Clock(Callback):
    """Clock of one epoch, from its first batch to the end of `fit`."""

    began = 0.0

    def on_train_epoch_start(self, trainer: Trainer, module: Any) -> None:
        """Start the clock."""
        self.began = time.perf_counter()


def main() -> None:
    """Print the table."""
    corpus = [] if "BNER_DATA" in os.environ else ["corpus=sample", "embedding=random300"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("train", [*corpus, "trainer.max_epochs=1", "trainer.progress=false", *sys.argv[1:]])
    settings = read_settings(config)
    prepare(settings.trainer.threads)
    quiet()
    seed_everything(settings.seed, verbose=False)
    read = read_data(settings)
    table = read_vectors(settings, read)
    data = build_data(settings, read, table)
    module = build_module(settings, read, table, data.vocabulary)
    inside: dict[str, list[float]] = {"metrics": [], "checkpoints": []}

    def tracked() -> float:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            store = RunStore(f"sqlite:///{folder}/mlflow.db", "benchmark", folder / "checkpoints")
            run = begin_run(store, "benchmark", flat(settings), {})
            trainer, _ = build_trainer(settings, RunLogger(run), folder / "checkpoints")
            for times in inside.values():
                times.append(0.0)
            with (
                run.recording(system_metrics=True),
                _timed(RunLogger, "log_metrics", inside["metrics"]),
                _timed(AtomicCheckpointIO, "save_checkpoint", inside["checkpoints"]),
            ):
                return _epoch(trainer, module, data)

    def bare() -> float:
        with tempfile.TemporaryDirectory() as name:
            trainer, _ = build_trainer(settings, None, Path(name))
            callbacks = [each for each in trainer.callbacks if not isinstance(each, Checkpoint)]
            trainer.callbacks[:] = callbacks
            return _epoch(trainer, module, data)

    seconds: dict[str, list[float]] = {"with tracking and checkpoints": [], "without": []}
    for turn in range(TURNS + 1):
        for times, work in zip(seconds.values(), (tracked, bare), strict=True):
            found = work()
            if turn:  # the first does not count
                times.append(found)
    print(f"{settings.corpus.name}, {settings.embedding.label}, batches of {settings.batch_size}")
    print("| an epoch | seconds, median | all |\n|---|---|---|")
    for what, times in seconds.items():
        print(f"| {what} | {statistics.median(times):.2f} | {', '.join(f'{each:.2f}' for each in times)} |")
    with_all, without = (statistics.median(times) for times in seconds.values())
    print(f"added: {100 * (with_all / without - 1):.2f} %")
    for what, times in inside.items():
        spent = statistics.median(times[1:])
        print(f"within {what}: {spent:.3f} s, {100 * spent / without:.2f} %")


def _epoch(trainer: Trainer, module: Any, data: TaggingData) -> float:
    clock = Clock()
    trainer.callbacks.append(clock)
    trainer.fit(module, data)
    return time.perf_counter() - clock.began


@contextmanager
def _timed(owner: type, method: str, spent: list[float]) -> Iterator[None]:
    """Add the seconds within a method to the last number of a list, for as long as the block lasts."""
    plain = getattr(owner, method)

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return plain(*args, **kwargs)
        finally:
            spent[-1] += time.perf_counter() - began

    setattr(owner, method, timed)
    try:
        yield
    finally:
        setattr(owner, method, plain)


if __name__ == "__main__":
    main()
