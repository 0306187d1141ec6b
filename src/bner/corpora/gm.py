"""The format of BioCreative II GM: sentences in `*.in`, mentions in `GENE.eval` and `ALTGENE.eval`.

Each part of a corpus is a folder with these three files. A line of `*.in` is `identifier sentence`. A line of `*.eval`
is `identifier|START END|text`; its offsets count the sentence's non-space characters from 0, and END is the mention's
last character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from bner.corpora.corpus import Corpus, CorpusConfig
from bner.corpora.sentence import Mention, Sentence
from bner.corpora.tokenizer import tokenize
from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines

TYPE = "GENE"

Annotation = tuple[int, int]
"""A mention as the format has it: its first and its last character, counted from 0 without spaces."""

Annotations = Mapping[str, Sequence[Annotation]]
"""Annotations of each sentence, by the sentence's identifier."""

_OFFSETS = re.compile(r"(\d+) (\d+)")


@dataclass(frozen=True, kw_only=True)
class GMCorpus(Corpus):
    """A corpus in GM's format.

    Attributes:
        genes: the entries of the test part's GENE.eval, by sentence.
        alternatives: the entries of the test part's ALTGENE.eval, by sentence.
    """

    predictions_file: ClassVar[str] = "test.eval"

    genes: Annotations
    alternatives: Annotations

    def write_predictions(self, folder: Path, predicted: Sequence[Sequence[Mention]]) -> Path:
        """Write the mentions predicted for each test sentence as a `*.eval` file, and return the file."""
        path = folder / self.predictions_file
        write_eval(path, self.test, predicted)
        return path

    def read_predictions(self, path: Path) -> tuple[tuple[Mention, ...], ...]:
        """Read the mentions of each test sentence from a `*.eval` file; see `Corpus.read_predictions`."""
        return read_mentions(path, self.test)


@dataclass
class GMConfig(CorpusConfig):
    """Configuration of a corpus in GM's format; its parts are folders. The sample is in this format."""

    def check(self) -> None:
        """Check that the files are there and that the corpus can be split; see `CorpusConfig.check`."""
        super().check()
        if self.dev_split == "abstract":
            raise BnerError(
                f"corpus.dev_split=abstract needs a corpus that names its abstracts, and the format of corpus "
                f"{self.name} has no names for them: use dev_split=sentence."
            )
        for folder in (self.train_path, self.test_path):
            for file in part_files(folder):
                if not file.is_file():
                    raise self.missing(file)

    def build(self) -> GMCorpus:
        """Read the corpus; see `CorpusConfig.build`."""
        self.check()
        train_texts, train_genes, _ = train = part_files(self.train_path)
        test_texts, test_genes, test_alternatives = test = part_files(self.test_path)
        texts = read_texts(test_texts)
        genes = read_eval(test_genes, texts)
        return GMCorpus(
            name=self.name,
            train=read_sentences(train_texts, train_genes),
            test=tokenized(texts, genes),
            files=(*train, *test),
            genes=genes,
            alternatives=read_eval(test_alternatives, texts),
        )


def part_files(folder: Path) -> tuple[Path, Path, Path]:
    """Return the sentence file, GENE.eval and ALTGENE.eval of one part; the last two need not exist.

    Raises:
        BnerError: there is no sentence file, or there are several.
    """
    texts = sorted(folder.glob("*.in"))
    if len(texts) != 1:
        raise BnerError(f"{folder.absolute()} holds {len(texts)} files *.in and should hold one: check the folder.")
    return texts[0], folder / "GENE.eval", folder / "ALTGENE.eval"


def read_texts(path: Path) -> dict[str, str]:
    """Read the sentences of a `*.in` file by their identifiers, in the order of the file.

    Raises:
        BnerError: a line without a sentence, an identifier that comes twice, or an empty file.
    """
    texts: dict[str, str] = {}
    for number, line in read_lines(path):
        identifier, space, text = line.partition(" ")
        if not space or not text.strip():
            raise BnerError(f"{path}:{number} has no sentence after its identifier: write 'identifier sentence'.")
        if identifier in texts:
            raise BnerError(f"{path}:{number} repeats the identifier {identifier}: every sentence needs its own.")
        texts[identifier] = text
    if not texts:
        raise BnerError(f"{path} is empty: it should hold one sentence a line, 'identifier sentence'.")
    return texts


def read_eval(path: Path, texts: Mapping[str, str] | None = None) -> dict[str, list[Annotation]]:
    """Read the annotations of a `*.eval` file by sentence; with `texts` each is checked against its sentence.

    Raises:
        BnerError: a line without its bars or offsets, a sentence that is not in `texts`, an offset beyond it.
    """
    annotations: dict[str, list[Annotation]] = {}
    lengths: dict[str, int] = {}
    for number, line in read_lines(path):
        if not line.strip():
            continue
        identifier, bar, rest = line.partition("|")
        found = _OFFSETS.fullmatch(rest.partition("|")[0].strip()) if bar else None
        if found is None:
            raise BnerError(f"{path}:{number} is not 'identifier|START END|text' with two offsets: correct the line.")
        start, end = int(found[1]), int(found[2])
        if end < start:
            raise BnerError(f"{path}:{number} ends at {end}, before its start at {start}: correct the offsets.")
        if texts is not None:
            if identifier not in texts:
                raise BnerError(
                    f"{path}:{number} names sentence {identifier}, which the corpus does not have: "
                    "check that both files belong together."
                )
            if identifier not in lengths:
                lengths[identifier] = len(_character_positions(texts[identifier]))
            if end >= lengths[identifier]:
                raise BnerError(
                    f"{path}:{number} ends at offset {end}, beyond sentence {identifier} with its "
                    f"{lengths[identifier]} non-space characters: offsets count those from 0."
                )
        annotations.setdefault(identifier, []).append((start, end))
    return annotations


def read_sentences(texts_file: Path, eval_file: Path) -> tuple[Sentence, ...]:
    """Read the tokenised sentences of a `*.in` file with the mentions of its `GENE.eval`.

    Raises:
        BnerError: see `read_texts` and `read_eval`.
    """
    texts = read_texts(texts_file)
    return tokenized(texts, read_eval(eval_file, texts))


def tokenized(texts: Mapping[str, str], annotations: Annotations) -> tuple[Sentence, ...]:
    """Tokenise sentences and turn their annotations into mentions over tokens.

    A mention that begins or ends within a token is widened to it.
    """
    return tuple(_sentence(identifier, text, annotations.get(identifier, ())) for identifier, text in texts.items())


def to_mentions(sentence: Sentence, annotations: Iterable[Annotation]) -> list[Mention]:
    """Turn annotations of a sentence into mentions over its tokens, in the same order.

    One that begins or ends within a token is widened to it.

    Raises:
        ValueError: the sentence has no text and offsets.
    """
    annotations = list(annotations)
    if not annotations:
        return []
    if sentence.text is None or sentence.offsets is None:
        raise ValueError(f"sentence {sentence.identifier} has no text")
    positions = _character_positions(sentence.text)
    starts, ends = [start for start, _ in sentence.offsets], [end for _, end in sentence.offsets]
    return [
        Mention(bisect_right(ends, positions[first]), bisect_left(starts, positions[last] + 1), TYPE)
        for first, last in annotations
    ]


def to_annotations(sentence: Sentence, mentions: Iterable[Mention]) -> list[Annotation]:
    """Turn mentions over a sentence's tokens into the format's offsets."""
    annotations = []
    for mention in mentions:
        start, end = character_range(sentence, mention)
        first = start - _spaces(sentence.text or "", start)
        annotations.append((first, end - 1 - _spaces(sentence.text or "", end)))
    return annotations


def character_range(sentence: Sentence, mention: Mention) -> tuple[int, int]:
    """Return the characters [start, end) of the sentence's text that a mention covers.

    Raises:
        ValueError: the sentence has no text and offsets.
    """
    if sentence.text is None or sentence.offsets is None:
        raise ValueError(f"sentence {sentence.identifier} has no text")
    return sentence.offsets[mention.start][0], sentence.offsets[mention.end - 1][1]


def write_eval(path: Path, sentences: Iterable[Sentence], mentions: Iterable[Iterable[Mention]]) -> None:
    """Write the mentions of each sentence as a `*.eval` file, the whole file or nothing."""
    lines = []
    for sentence, its_mentions in zip(sentences, mentions, strict=True):
        for mention, (first, last) in zip(its_mentions, to_annotations(sentence, its_mentions), strict=True):
            start, end = character_range(sentence, mention)
            lines.append(f"{sentence.identifier}|{first} {last}|{(sentence.text or '')[start:end]}")
    write_lines(path, lines)


def read_mentions(path: Path, sentences: Sequence[Sentence]) -> tuple[tuple[Mention, ...], ...]:
    """Read a `*.eval` file into mentions over the tokens of each sentence, as `write_eval` writes them.

    Raises:
        BnerError: see `read_eval`; an entry that begins or ends within a token.
        ValueError: a sentence has no text and offsets.
    """
    annotations = read_eval(path, {sentence.identifier: sentence.text or "" for sentence in sentences})
    found = []
    for sentence in sentences:
        its = annotations.get(sentence.identifier, [])
        mentions = to_mentions(sentence, its)
        for (first, last), covered in zip(its, to_annotations(sentence, mentions), strict=True):
            if (first, last) != covered:
                raise BnerError(
                    f"{path} has the offsets {first} {last} in sentence {sentence.identifier}, which begin or end "
                    "within a token: predictions are whole tokens, check that they belong to this corpus."
                )
        found.append(tuple(mentions))
    return tuple(found)


def _sentence(identifier: str, text: str, annotations: Iterable[Annotation]) -> Sentence:
    offsets = tokenize(text)
    sentence = Sentence(identifier, tuple(text[start:end] for start, end in offsets), (), text, offsets)
    return replace(sentence, mentions=tuple(sorted(to_mentions(sentence, annotations))))


def _character_positions(text: str) -> list[int]:
    """Return the positions of the text's non-space characters."""
    return [position for position, character in enumerate(text) if not character.isspace()]


def _spaces(text: str, end: int) -> int:
    return sum(map(str.isspace, text[:end]))
