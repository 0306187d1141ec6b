"""Reader of SENNA's vectors: a folder with words.lst, a word a line, and embeddings.txt, the values of the same lines.

The folder is the release itself (hash/words.lst, embeddings/embeddings.txt) or holds the two files side by side.
"""

from __future__ import annotations

from pathlib import Path

from bner.errors import BnerError
from bner.vectors.streams import Rows, Select
from bner.vectors.text import line_blocks, numbers

_LAYOUTS = (("words.lst", "embeddings.txt"), ("hash/words.lst", "embeddings/embeddings.txt"))
_NO_WORDS = {b"PADDING", b"UNKNOWN"}  # SENNA's own marks; all its words are in lower case


def senna_files(folder: Path) -> tuple[Path, Path] | None:
    """Return the files with the words and with the values; None where the folder has no such files."""
    for words, values in _LAYOUTS:
        if (folder / words).is_file() and (folder / values).is_file():
            return folder / words, folder / values
    return None


def read_words(path: Path) -> list[bytes]:
    """Read the words, as they are spelt.

    Raises:
        BnerError: the file cannot be read.
    """
    return [line.rstrip(b"\r") for _, block in line_blocks(path) for line in block]


def rows(files: tuple[Path, Path], words: list[bytes], dim: int, select: Select) -> Rows:
    """Yield the kept rows, without SENNA's marks for padding and unknown words.

    Raises:
        BnerError: the two files differ in length, a line has another number of values, or a file cannot be read.
    """
    done = 0
    for number, block in line_blocks(files[1]):
        spelt = words[done : done + len(block)]
        done += len(block)
        if len(spelt) < len(block):
            break
        kept = [position for position in select(b"\n".join(spelt)) if spelt[position] not in _NO_WORDS]
        if kept:
            values = numbers(files[1], [(number + position, block[position]) for position in kept], dim)
            yield [spelt[position].decode(errors="replace") for position in kept], values
    if done != len(words):
        raise BnerError(
            f"{files[1]} has {'fewer' if done < len(words) else 'more'} lines than the {len(words)} words of "
            f"{files[0]}: fetch both again."
        )
