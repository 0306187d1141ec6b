"""Time and memory of `bner embed`, and its training beside bare gensim: python benchmarks/embed.py FOLDER TEXT...

Arguments after the text that begin with -- are passed to `bner embed` (`--dim=50`). FOLDER is for what is written; it
keeps the tokenised text afterwards. Prints each phase's minutes and speed, the peak memory of all processes of the
command together (proportional set size, sampled twice a second), and then words/s of one epoch over the first three
shards (12 million words) by `bner embed` and by gensim's Word2Vec on one prepared file, in turns, each in a process of
its own, with the ratio of the medians. Runs on Linux.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil
from mlflow.tracking import MlflowClient

TURNS = 3


def main() -> None:
    """Print the tables."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    options = [word for word in sys.argv[2:] if word.startswith("--")]
    text = [word for word in sys.argv[2:] if not word.startswith("--")]
    seconds, peak = _whole(folder, text, options)
    client = MlflowClient(f"sqlite:///{folder.absolute()}/mlruns/mlflow.db")
    (run, *_) = client.search_runs([client.get_experiment_by_name("bner-vectors").experiment_id])
    metrics, params = run.data.metrics, run.data.params
    megabytes = metrics["text/bytes"] / 1e6
    print(f"{run.info.run_name}: {params['method']}, dimension {params['dim']}, {params['epochs']} epochs, "
          f"{params['workers']} workers, {metrics['vocabulary']:,.0f} words")  # fmt: skip
    print("| phase | minutes | words/s | MB/s |\n|---|---|---|---|")
    for phase in ("extract", "count", "train"):
        minutes, speed = metrics[f"{phase}/seconds"] / 60, metrics[f"{phase}/words_per_second"]
        read = f"{megabytes / metrics['extract/seconds']:.1f}" if phase == "extract" else "-"
        print(f"| {phase} | {minutes:.1f} | {speed:,.0f} | {read} |")
    print(f"| whole command | {seconds / 60:.1f} | - | - |")
    print(f"peak memory of all processes: {peak / 2**20:,.0f} MiB")

    speeds: dict[str, list[float]] = {"bner": [], "gensim": []}
    for _ in range(TURNS):
        for name, found in speeds.items():
            words = [
                sys.executable,
                "-c",
                PARTS[name],
                str(folder / "work" / "literature"),
                params["dim"],
                params["workers"],
            ]
            found.append(float(subprocess.run(words, check=True, capture_output=True, text=True).stdout))
    print("| training, one epoch over three shards | words/s, median | all |\n|---|---|---|")
    for name, found in speeds.items():
        print(f"| {name} | {statistics.median(found):,.0f} | {', '.join(f'{speed:,.0f}' for speed in found)} |")
    print(f"ratio of the medians: {statistics.median(speeds['bner']) / statistics.median(speeds['gensim']):.3f}")


def _whole(folder: Path, text: list[str], options: list[str]) -> tuple[float, int]:
    """Run the whole command, and return its seconds and peak bytes."""
    command = [str(Path(sys.executable).parent / "bner"), "embed", *text, "--out", str(folder / "vectors.bin"),
               "--work", str(folder / "work"), "--mlruns", str(folder / "mlruns"), *options]  # fmt: skip
    began = time.perf_counter()
    peak = 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            peak = max(peak, _memory(psutil.Process(process.pid)))
            time.sleep(0.5)
    if process.returncode:
        sys.exit(process.returncode)
    return time.perf_counter() - began, peak


def _memory(process: psutil.Process) -> int:
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


_PREPARE = """
import sys, time
from pathlib import Path
from bner.literature.counting import count_words
folder, dim, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if __name__ == "__main__":
    shards = sorted(folder.glob("shard-*.txt"))[:3]
    counts, counted = count_words(shards, 1, lambda _: None)
    words = sum(shard.words for shard in counted)
"""
# The only difference: bner trains shard by shard, gensim in one call on one file.
PARTS = {
    "bner": _PREPARE
    + """
    from bner.pretraining.word2vec import TrainingOptions, VectorTraining
    options = TrainingOptions("cbow", dim, 5, 10, 1e-4, 3, 1, 0.025, 1, workers)
    training = VectorTraining(options, counts, [(shard.path, shard.lines, shard.words) for shard in counted])
    began = time.perf_counter()
    training.train(lambda _: None)
    print(words / (time.perf_counter() - began))
""",
    "gensim": _PREPARE
    + """
    from gensim.models import Word2Vec
    whole = folder / "one-file.txt"
    with whole.open("wb") as file:
        for shard in shards:
            file.write(shard.read_bytes())
    model = Word2Vec(vector_size=dim, window=5, negative=10, sample=1e-4, min_count=3, seed=1, workers=workers)
    model.build_vocab_from_freq(counts, corpus_count=sum(shard.lines for shard in counted))
    began = time.perf_counter()
    model.train(corpus_file=str(whole), total_examples=model.corpus_count, total_words=words, epochs=1)
    print(words / (time.perf_counter() - began))
    whole.unlink()
""",
}


if __name__ == "__main__":
    main()
