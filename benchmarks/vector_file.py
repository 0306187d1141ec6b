"""Time and memory of vector files of Google News's size: BNER_DATA=... python benchmarks/vector_file.py FOLDER.

Makes a word2vec binary of 3 million words of dimension 300 in FOLDER (3.6 GB, and as much again for the store; both are
removed at the end, unless --keep is given), then measures, each in a process of its own:

- a plain sequential read of the file, and reading the vectors of GM's words from it, in turn, `--repeats` times, once
  with the file out of the page cache (the disk's speed) and once with the file in it (the memory's speed);
- converting the file into a store; opening the store; looking up 100,000 words there, half of them unknown.

Peak memory is the largest resident set of the process, including Python and numpy. Without BNER_DATA the keys are those
of the sample corpus. Runs on Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

WORDS, DIM = 3_000_000, 300
# fmt: off
SYLLABLES = (
    "ba", "con", "de", "er", "fi", "gly", "ho", "in", "ka", "lo", "mi", "no", "phos", "qua", "ri", "ste", "tri", "ul",
    "van", "xy", "tion", "ase", "ol", "ine", "_the", "_of", "-like",
)
# fmt: on


def corpus_keys() -> list[str]:
    """Return the keys of GM's words, or of the sample's."""
    from bner.corpora.gm import GMConfig
    from bner.data.vocabulary import wanted_keys

    folder = f"{os.environ['BNER_DATA']}/corpora/bc2gm" if "BNER_DATA" in os.environ else None
    corpus = GMConfig("gm" if folder else "sample", folder, "train", "test").build()
    return wanted_keys((*corpus.train, *corpus.test))


def drawn_words() -> list[str]:
    """Draw distinct words of two to five syllables, some capitalised, some numbers, and mix in the corpus's words."""
    draw = random.Random(1)
    words = dict.fromkeys(corpus_keys())
    while len(words) < WORDS:
        word = "".join(draw.choices(SYLLABLES, k=draw.randint(2, 5)))
        word = word.capitalize() if draw.random() < 0.3 else word
        word = f"{word}é" if draw.random() < 0.02 else word
        words[str(draw.randrange(10**9)) if draw.random() < 0.02 else word] = None
    result = list(words)
    draw.shuffle(result)
    return result


def make(file: Path, _: Path) -> dict[str, float]:
    """Write the file in the form of Google's, without line ends; in a process of its own.

    A process begins with its parent's largest resident set, which would hide what is measured.
    """
    import numpy as np

    pool = np.random.default_rng(1).normal(scale=0.1, size=(8192, DIM)).astype("<f4")
    vectors = [row.tobytes() for row in pool]
    with file.open("wb", buffering=1 << 22) as target:
        target.write(f"{WORDS} {DIM}\n".encode())
        for number, word in enumerate(drawn_words()):
            target.write(word.encode() + b" " + vectors[number % len(vectors)])
        target.flush()
        os.fsync(target.fileno())
    return {}


def measure_plain(file: Path, _: Path) -> dict[str, float]:
    """Measure the seconds of reading every byte, with blocks of the size that the readers use."""
    buffer = bytearray(1 << 20)
    began = time.perf_counter()
    with file.open("rb", buffering=0) as source:
        while source.readinto(buffer):
            pass
    return {"seconds": time.perf_counter() - began}


def measure_vectors(file: Path, _: Path) -> dict[str, float]:
    """Measure the seconds of reading the corpus's vectors."""
    from bner.vectors.formats import read_vectors

    keys = corpus_keys()
    began = time.perf_counter()
    found = read_vectors(file, dict.fromkeys(keys).keys(), DIM)
    return {"seconds": time.perf_counter() - began, "found": len(found), "keys": len(keys)}


def measure_convert(file: Path, store: Path) -> dict[str, float]:
    """Measure the seconds of a conversion."""
    from bner.vectors.conversion import write_store

    began = time.perf_counter()
    card = write_store(file, store)
    return {"seconds": time.perf_counter() - began, "words": card.words}


def measure_open(_: Path, store: Path) -> dict[str, float]:
    """Measure the seconds of opening the store, without imports."""
    from bner.vectors.store import open_store

    began = time.perf_counter()
    open_store(store)
    return {"seconds": time.perf_counter() - began}


def measure_lookup(file: Path, store: Path) -> dict[str, float]:
    """Measure the seconds of looking up 100,000 keys and reading their vectors, twice."""
    import numpy as np

    from bner.vectors.store import open_store

    draw = random.Random(2)
    ends, words = np.load(store / "ends.npy", mmap_mode="r"), np.load(store / "words.npy", mmap_mode="r")
    rows = draw.sample(range(1, len(ends)), 50_000)
    keys = [words[ends[row - 1] : ends[row]].tobytes().decode() for row in rows]
    keys += [f"{key} unknown" for key in keys]
    draw.shuffle(keys)
    opened = open_store(store)
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        ids = opened.lookup(keys)
        between = time.perf_counter()
        opened.rows(ids)
        seconds += [between - began, time.perf_counter() - began]
    if (ids >= 0).sum() != len(rows):
        raise SystemExit("the store does not find its own words")
    return dict(zip(("first", "first_rows", "second", "second_rows"), seconds, strict=True))


MEASURES: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "make": make,
    "plain": measure_plain,
    "vectors": measure_vectors,
    "convert": measure_convert,
    "open": measure_open,
    "lookup": measure_lookup,
}


def forget(*files: Path) -> None:
    """Drop files from the page cache."""
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def measured(name: str, file: Path, store: Path) -> dict[str, float]:
    """Run one measurement in a process of its own, and add that process's peak memory in MB."""
    done = subprocess.run([sys.executable, __file__, name, file, store], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main(folder: Path, repeats: int, keep: bool) -> None:
    """Print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    file, store = folder / "google-size.bin", folder / "google-size.store"
    if not file.exists():
        measured("make", file, store)
    size = file.stat().st_size / 1e6
    print(f"{WORDS} words, dimension {DIM}, {size:.0f} MB; plain read and read of the corpus's vectors, in turn\n")
    print("| file | plain MB/s | vectors MB/s | ratio | peak MB | plain, every time | vectors, every time |")
    print("|---|---|---|---|---|---|---|")
    for state in ("on disk", "in the page cache"):
        speeds: dict[str, list[float]] = {"plain": [], "vectors": []}
        for _ in range(repeats):
            for name, values in speeds.items():
                if state == "on disk":
                    forget(file)
                else:
                    measure_plain(file, store)
                result = measured(name, file, store)
                values.append(size / result["seconds"])
        plain, vectors = (statistics.median(values) for values in speeds.values())
        lists = " | ".join(", ".join(f"{value:.0f}" for value in values) for values in speeds.values())
        print(f"| {state} | {plain:.0f} | {vectors:.0f} | {vectors / plain:.2f} | {result['peak']:.0f} | {lists} |")
    print(f"\n{result['found']:.0f} of {result['keys']:.0f} keys found")
    result = measured("convert", file, store)
    print(f"convert: {result['seconds'] / 60:.1f} minutes, {result['words']:.0f} keys, peak {result['peak']:.0f} MB")
    forget(*store.iterdir())
    for state in ("cold", "warm"):
        result = measured("open", file, store)
        print(f"open, {state}: {result['seconds']:.4f} s, peak {result['peak']:.0f} MB")
    forget(*store.iterdir())
    for state in ("cold", "warm"):
        result = measured("lookup", file, store)
        print(
            f"100,000 words, {state}: {result['first']:.2f} s, with vectors {result['first_rows']:.2f} s; again "
            f"{result['second']:.2f} s, with vectors {result['second_rows']:.2f} s; peak {result['peak']:.0f} MB"
        )
    if not keep:
        file.unlink()
        shutil.rmtree(store)


if __name__ == "__main__":
    if sys.argv[1] in MEASURES:
        values = MEASURES[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps({**values, "peak": peak}))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--repeats", type=int, default=5)
        parser.add_argument("--keep", action="store_true")
        chosen = parser.parse_args()
        main(chosen.folder, chosen.repeats, chosen.keep)
