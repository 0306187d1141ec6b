"""Counts of words in shards of tokenised text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bner.errors import BnerError
from bner.literature.processes import process_pool

_MOST_WORDS = 20_000_000  # distinct; beyond, the rarest are dropped, as in the original word2vec program


@dataclass(frozen=True)
class Counted:
    """Size of one shard: its numbers of lines and of words (tokens)."""

    path: Path
    lines: int
    words: int


def count_words(
    shards: Sequence[Path], processes: int, progress: Callable[[int], None]
) -> tuple[dict[str, int], list[Counted]]:
    """Count the occurrences of each word over all shards, and the sizes of the shards.

    Args:
        shards: files of tokenised text, a sentence a line.
        processes: the number of parallel processes.
        progress: called after each shard with the number of words counted so far.

    Raises:
        BnerError: a shard cannot be read; a process was killed.
    """
    total: Counter[str] = Counter()
    counted: list[Counted] = []
    with process_pool(processes) as pool:
        for path, (lines, counts) in zip(shards, pool.map(_count, shards), strict=True):
            total.update(counts)
            counted.append(Counted(path, lines, counts.total()))
            if len(total) > _MOST_WORDS:
                total = Counter({word: count for word, count in total.items() if count > 1})
            progress(sum(shard.words for shard in counted))
    return dict(total), counted


def _count(path: Path) -> tuple[int, Counter[str]]:
    counts: Counter[str] = Counter()
    lines = 0
    try:
        with path.open(encoding="utf-8") as file:
            while block := file.readlines(1 << 22):
                lines += len(block)
                counts.update("".join(block).split())
    except (OSError, UnicodeDecodeError) as error:
        raise BnerError(f"{path} cannot be read ({error}): remove its folder to extract the text again.") from error
    return lines, counts
