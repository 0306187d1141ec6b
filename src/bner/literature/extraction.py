"""Extraction of documents into shards: files of tokenised sentences, one a line, written by parallel processes.

A shard has about `SHARD_WORDS` words. A small JSON file beside it counts the documents that it is made of; a shard
without one is not finished. An interrupted extraction thus resumes after the last finished shard.
"""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from bner.corpora.known_sentences import KnownSentences
from bner.errors import BnerError
from bner.literature.archives import BROKEN, DecompressionBombError, decompressed
from bner.literature.articles import articles
from bner.literature.documents import Document
from bner.literature.normalize import normalized
from bner.literature.processes import process_pool
from bner.literature.secure_xml import RefusedXmlError
from bner.literature.sentences import sentences
from bner.runtime.files import read_lines, write_lines, written_whole

SHARD_WORDS = 4_000_000
_BATCH_BYTES = 1 << 20  # of documents that a process gets at a time


@dataclass
class Extracted:
    """Counts of what was read and written, and the documents that were left out.

    Attributes:
        documents: documents read, including those left out.
        articles: articles, citations, BioC documents or blocks of plain text that gave text.
        bytes: size of the documents.
        sentences: sentences, each counted once.
        lines: lines written; a sentence that two views tokenise differently gives two.
        words: tokens in these lines.
        dropped: sentences that were to be left out, see `Reading`.
        skipped: the name of each document that was left out or cut off, and the reason.
    """

    documents: int = 0
    articles: int = 0
    bytes: int = 0
    sentences: int = 0
    lines: int = 0
    words: int = 0
    dropped: int = 0
    skipped: list[str] = field(default_factory=list)

    def add(self, other: Extracted) -> None:
        """Add the counts of what was read later."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class Reading:
    """How documents are read; it is sent to other processes.

    Attributes:
        lines: tokenises a sentence into lines.
        without: sentences to be left out, and counted.
    """

    lines: Callable[[str], list[str]]
    without: KnownSentences = field(default_factory=KnownSentences)


def extract(
    documents: Iterable[Document],
    reading: Reading,
    folder: Path,
    processes: int,
    progress: Callable[[Extracted], None],
) -> tuple[list[Path], Extracted]:
    """Write the documents' sentences into shards in `folder`, in the order of the documents.

    Args:
        documents: what to read; the same, in the same order, when an extraction is resumed.
        reading: how they are read.
        folder: the folder of the shards.
        processes: the number of parallel processes.
        progress: called with the counts so far after each batch.

    Returns:
        The shards, and the counts over all of them.

    Raises:
        BnerError: the documents have no text, a document cannot be read, the folder cannot be written to, or a
            process was killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards, total = _finished(folder)
    progress(total)
    waiting = islice(documents, total.documents, None)
    with process_pool(processes) as pool:
        pieces = _in_order(pool, _batches(waiting), reading, ahead=2 * processes + 2)
        while (shard := _write_shard(folder / f"shard-{len(shards):05}.txt", pieces, total, progress)) is not None:
            shards.append(shard)
    if not total.words:
        reasons = f" (the first document left out: {total.skipped[0]})" if total.skipped else ""
        raise BnerError(f"no text was found in {total.documents} documents{reasons}: check the paths.")
    return shards, total


def _finished(folder: Path) -> tuple[list[Path], Extracted]:
    shards: list[Path] = []
    total = Extracted()
    while (card := folder / f"shard-{len(shards):05}.json").is_file():
        shards.append(card.with_suffix(".txt"))
        total.add(Extracted(**json.loads("".join(line for _, line in read_lines(card)))))
    return shards, total


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += document.size
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterator[list[Document]], reading: Reading, ahead: int
) -> Iterator[tuple[bytes, Extracted]]:
    """Yield the results of the batches in their order, with a bounded number of them in progress."""
    running: deque[Future[tuple[bytes, Extracted]]] = deque()
    for batch in batches:
        running.append(pool.submit(tokenized, batch, reading))
        if len(running) >= ahead:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _write_shard(
    path: Path,
    pieces: Iterator[tuple[bytes, Extracted]],
    total: Extracted,
    progress: Callable[[Extracted], None],
) -> Path | None:
    """Write one shard of the next pieces; return None where there are none left."""
    counted = Extracted()
    with written_whole(path) as temporary, temporary.open("wb") as file:
        for lines, numbers in pieces:
            file.write(lines)
            counted.add(numbers)
            total.add(numbers)
            progress(total)
            if counted.words >= SHARD_WORDS:
                break
    if not counted.documents:
        path.unlink()
        return None
    write_lines(path.with_suffix(".json"), [json.dumps(asdict(counted))])
    return path


def tokenized(batch: Sequence[Document], reading: Reading) -> tuple[bytes, Extracted]:
    """Tokenise a batch of documents into lines, UTF-8 with a line end each, and count what was read."""
    lines: list[str] = []
    counted = Extracted()
    for document in batch:
        counted.documents += 1
        counted.bytes += document.size
        try:
            for paragraphs in _paragraphs(document):
                before = len(lines)
                for paragraph in paragraphs:
                    found = list(sentences(normalized(paragraph)))
                    counted.sentences += len(found)
                    for sentence, is_left_out in zip(found, reading.without.find(found), strict=True):
                        if is_left_out:
                            counted.dropped += 1
                        else:
                            lines += reading.lines(sentence)
                counted.articles += len(lines) > before
        except RefusedXmlError as refused:
            counted.skipped.append(f"{document.name}: {refused}")
        except DecompressionBombError:
            counted.skipped.append(f"{document.name}: it is a decompression bomb")
        except BROKEN as error:
            counted.skipped.append(f"{document.name}: it cannot be read ({error})")
    counted.lines = len(lines)
    counted.words = sum(line.count(" ") + 1 for line in lines)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", errors="replace"), counted


def _paragraphs(document: Document) -> Iterator[Sequence[str]]:
    """Yield the paragraphs of each of a document's articles."""
    content = document.content
    if document.kind == "refused":
        raise RefusedXmlError(str(content))
    if document.kind == "text":
        assert isinstance(content, bytes)
        yield content.decode("utf-8-sig", errors="replace").splitlines()
    elif isinstance(content, Path):
        with decompressed(content) as stream:
            yield from articles(stream)
    else:
        assert isinstance(content, bytes)
        yield from articles(io.BytesIO(content))
