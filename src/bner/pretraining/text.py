"""Text to train on: literature, and the training parts of corpora without their labels, extracted into shards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bner.corpora.corpus import Corpus
from bner.corpora.known_sentences import KnownSentences, known_sentences
from bner.corpora.sentence import Sentence
from bner.corpora.shared_tasks import shared_task_corpora
from bner.errors import BnerError
from bner.literature.documents import Document, documents, text_files
from bner.literature.extraction import Extracted, Reading, extract
from bner.literature.normalize import normalized
from bner.literature.sentences import VIEWS, form_lines, token_lines
from bner.runtime.files import read_lines, write_lines
from bner.runtime.progress import Phases

# How a sentence becomes lines: the keys of its tokens in each view, or the tokens as written in one of the views.
_LINES: Mapping[str, Callable[..., list[str]]] = {"keys": token_lines, "forms": form_lines}


@dataclass(frozen=True)
class TextOptions:
    """Text to train on.

    Attributes:
        paths: files, folders and archives.
        views: how sentences are tokenised, names of `bner.literature.sentences.VIEWS`.
        corpora: corpora whose training sentences are added, without their labels.
        repeats: how many times these are read in each epoch, since a corpus is small beside the literature; which
            words get vectors is decided by their counts in one reading.
        data: the folder that has the corpora; sentences of the test parts of those that are in it are left out of the
            text, and coverage is measured on them.
        tokens: `keys`, each sentence in every view, or `forms`, tokens as written and each sentence in one view.
    """

    paths: tuple[Path, ...]
    views: tuple[str, ...]
    corpora: tuple[str, ...]
    repeats: int
    data: Path
    tokens: str = "keys"

    def check(self) -> None:
        """Check the names of the views.

        Raises:
            BnerError: there is no such view.
        """
        if unknown := [view for view in self.views if view not in VIEWS]:
            raise BnerError(f"there is no view '{unknown[0]}': use {' or '.join(VIEWS)}.")


@dataclass(frozen=True)
class Shards:
    """Shards of tokenised text: of the literature, and of the corpora's training parts."""

    literature: list[Path]
    corpora: list[Path]


def read_corpora(text: TextOptions) -> dict[str, Corpus]:
    """Read the corpora that are in the data folder, those to be trained on among them.

    Raises:
        BnerError: a corpus to be trained on is missing or unknown, or a corpus cannot be read.
    """
    found = {}
    for name, config in shared_task_corpora(text.data).items():
        if name in text.corpora or Path(str(config.folder)).is_dir():
            found[name] = config.build()
    if missing := [name for name in text.corpora if name not in found]:
        raise BnerError(f"there is no corpus '{missing[0]}': use {' or '.join(shared_task_corpora(text.data))}.")
    return found


def tested_sentences(corpora: Mapping[str, Corpus]) -> KnownSentences:
    """Return the sentences of the corpora's test parts, which no model may be trained on."""
    return known_sentences(normalized(_text(each)) for corpus in corpora.values() for each in corpus.test)


def claim_work_folder(folder: Path, text: TextOptions, without: KnownSentences) -> None:
    """Make the work folder, or check that an existing one has shards of the same text, without the same sentences.

    Raises:
        BnerError: the folder is of another text, is something else, or cannot be written.
    """
    card = folder / "text.json"
    files = [[str(file.absolute()), file.stat().st_size, file.stat().st_mtime_ns] for file in text_files(text.paths)]
    wanted = json.dumps([files, text.views, text.corpora, text.tokens, without.digest])
    if card.is_file():
        if "".join(line for _, line in read_lines(card)) != wanted:
            raise BnerError(
                f"{folder} is of another text or other views, or made beside other corpora: remove it, or name another "
                "folder with --work."
            )
    elif folder.is_dir() and any(folder.iterdir()):
        raise BnerError(f"{folder} is not a work folder of bner embed or bner lm: name another one with --work.")
    else:
        write_lines(card, [wanted])


def extract_text(
    text: TextOptions,
    corpora: Mapping[str, Corpus],
    without: KnownSentences,
    folder: Path,
    processes: int,
    phases: Phases,
) -> tuple[Shards, Extracted]:
    """Extract the text into shards in the work folder, after those of an interrupted command, and print the counts.

    Args:
        text: what to extract.
        corpora: the corpora that were read, see `read_corpora`.
        without: sentences to be left out, see `tested_sentences`.
        folder: the work folder.
        processes: the number of parallel processes.
        phases: shows the progress.

    Raises:
        BnerError: see `bner.literature.extraction.extract`.
    """
    size = sum(file.stat().st_size for file in text_files(text.paths))
    resumed: int | None = None
    reading = Reading(partial(_LINES[text.tokens], views=text.views), without)

    def show(total: Extracted) -> None:
        nonlocal resumed
        if resumed is None:  # the first call has the words of an interrupted command
            resumed = total.words
        megabytes = total.bytes / 1e6
        phases.update(total.words - resumed, None, f"{total.documents:,} documents, {megabytes:,.0f} MB")

    with phases.phase("extract"):
        literature, extracted = extract(documents(text.paths), reading, folder / "literature", processes, show)
        shards = Shards(literature, [])
    if text.corpora:
        added = training_text(corpora, text.corpora)
        shards.corpora[:], more = extract(added, reading, folder / "corpora", 1, lambda _: None)
        extracted.add(more)
    print(
        f"  {extracted.articles:,} articles, {extracted.sentences:,} sentences, {extracted.words:,} words in all views "
        f"from {extracted.bytes / 1e6:,.0f} MB ({size / 1e6:,.0f} MB on disk)"
    )
    if corpora:
        print(f"  dropped {extracted.dropped:,} sentences that are in the test part of {' or '.join(corpora)}")
    if extracted.skipped:
        print(f"  left out {len(extracted.skipped):,} of {extracted.documents:,} documents:")
        for name in extracted.skipped[:10]:
            print(f"    {name}")
    return shards, extracted


def training_text(corpora: Mapping[str, Corpus], names: Iterable[str]) -> Iterator[Document]:
    """Yield the training sentences of corpora as plain text, a paragraph each."""
    for name in names:
        content = "\n".join(map(_text, corpora[name].train)).encode()
        yield Document(f"training part of {name}", "text", content, len(content))


def _text(sentence: Sentence) -> str:
    return sentence.text or " ".join(sentence.tokens)
