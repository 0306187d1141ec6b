"""The format of BioCreative II GM: sentences in `*.in`, mentions in `GENE.eval` and `ALTGENE.eval`.

A line of `*.in` is `identifier sentence`. A line of `*.eval` is `identifier|START END|text`; its offsets count the
sentence's non-space characters from 0, and END is the mention's last character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bner.corpora.sentence import Mention, Sentence
from bner.corpora.tokenizer import tokenize
from bner.errors import BnerError
from bner.runtime.files import read_lines, write_lines

TYPE = "GENE"

Annotation = tuple[int, int]
"""A mention as the format has it: its first and its last character, counted without spaces."""

Annotations = Mapping[str, Sequence[Annotation]]
"""The annotations of each sentence, by the sentence's identifier."""

_OFFSETS = re.compile(r"(\d+) (\d+)")


def read_texts(path: Path) -> dict[str, str]:
    """The sentences of a `*.in` file by their identifiers, in the order of the file.

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
    """The annotations of a `*.eval` file by sentence; with `texts` each is checked against its sentence.

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
            raise BnerError(f"{path}:{number} is not 'identifier|START END|text' with two offsets: mend the line.")
        start, end = int(found[1]), int(found[2])
        if end < start:
            raise BnerError(f"{path}:{number} ends at {end}, before its start at {start}: mend the offsets.")
        if texts is not None:
            if identifier not in texts:
                raise BnerError(
                    f"{path}:{number} names sentence {identifier}, which the corpus does not have: "
                    "check that both files belong together."
                )
            if identifier not in lengths:
                lengths[identifier] = len(_character_places(texts[identifier]))
            if end >= lengths[identifier]:
                raise BnerError(
                    f"{path}:{number} ends at offset {end}, beyond sentence {identifier} with its "
                    f"{lengths[identifier]} non-space characters: offsets count those from 0."
                )
        annotations.setdefault(identifier, []).append((start, end))
    return annotations


def read_sentences(texts_file: Path, eval_file: Path) -> tuple[Sentence, ...]:
    """The tokenised sentences of a `*.in` file with the mentions of its `GENE.eval`.

    Raises:
        BnerError: see `read_texts` and `read_eval`.
    """
    texts = read_texts(texts_file)
    annotations = read_eval(eval_file, texts)
    return tuple(_sentence(identifier, text, annotations.get(identifier, ())) for identifier, text in texts.items())


def to_annotations(sentence: Sentence, mentions: Iterable[Mention]) -> list[Annotation]:
    """Mentions over a sentence's tokens as the format's offsets."""
    annotations = []
    for mention in mentions:
        start, end = character_range(sentence, mention)
        first = start - _spaces(sentence.text or "", start)
        annotations.append((first, end - 1 - _spaces(sentence.text or "", end)))
    return annotations


def character_range(sentence: Sentence, mention: Mention) -> tuple[int, int]:
    """The characters [start, end) of the sentence's text that a mention covers.

    Raises:
        ValueError: the sentence has no text and offsets.
    """
    if sentence.text is None or sentence.offsets is None:
        raise ValueError(f"sentence {sentence.identifier} has no text")
    return sentence.offsets[mention.start][0], sentence.offsets[mention.end - 1][1]


def write_eval(path: Path, sentences: Iterable[Sentence], mentions: Iterable[Iterable[Mention]]) -> None:
    """Writes the mentions of each sentence as a `*.eval` file, the whole file or nothing."""
    lines = []
    for sentence, its_mentions in zip(sentences, mentions, strict=True):
        for mention, (first, last) in zip(its_mentions, to_annotations(sentence, its_mentions), strict=True):
            start, end = character_range(sentence, mention)
            lines.append(f"{sentence.identifier}|{first} {last}|{(sentence.text or '')[start:end]}")
    write_lines(path, lines)


def _sentence(identifier: str, text: str, annotations: Iterable[Annotation]) -> Sentence:
    offsets = tokenize(text)
    mentions = []
    if annotations:
        places = _character_places(text)
        starts, ends = [start for start, _ in offsets], [end for _, end in offsets]
        for first, last in annotations:
            # A mention that begins or ends within a token is widened to it.
            begin, end = bisect_right(ends, places[first]), bisect_left(starts, places[last] + 1)
            mentions.append(Mention(begin, end, TYPE))
    tokens = tuple(text[start:end] for start, end in offsets)
    return Sentence(identifier, tokens, tuple(sorted(mentions)), text, offsets)


def _character_places(text: str) -> list[int]:
    """Where in the text its non-space characters stand."""
    return [place for place, character in enumerate(text) if not character.isspace()]


def _spaces(text: str, end: int) -> int:
    return sum(map(str.isspace, text[:end]))
