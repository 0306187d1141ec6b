"""Write the sample corpus that the package carries, in BioCreative II GM's format.

The sentences are generated with a fixed seed from the hand-written grammar in ``sample_grammar/``, so that every run
writes the same bytes; the annotation rules are at the top of ``templates.txt``::

    python tools/write_sample_corpus.py
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

GRAMMAR = Path(__file__).resolve().parent / "sample_grammar"
TARGET = Path(__file__).resolve().parent.parent / "src" / "bner" / "corpora" / "sample"
SEED = 20070423
TRAIN, TEST = 900, 150
WITHOUT_MENTION = 0.25
ZIPF_SHIFT, ZIPF_POWER = 1.0, 2.0
LENGTHENED = 0.6  # fraction of the sentences that get a further clause
TITLE_LENGTH = 8  # words at most
TITLES = 0.6  # probability that a title is used when its turn comes; other templates always are

CHOICE = re.compile(r"\[([^\[\]|]*(?:\|[^\[\]|]*)+)\]")
SLOT = re.compile(r"<([a-z]+)(\d?)(?:\.(full|abbr))?>|<(int|dec):([\d.]+):([\d.]+)>")
TOKEN = re.compile(r"\d+\.\d+|[A-Za-z0-9']+|\S")
SPECIES = ("human ", "murine ", "mouse ", "rat ", "bovine ", "yeast ")
LONGER = re.compile(r" (?:genes?|proteins?|receptors?|kinases?|family)\b")


@dataclass(frozen=True)
class Lexicon:
    """Entries of one "@name" section; ``totals`` are their cumulative weights."""

    entries: list[str]
    totals: list[float]
    mention: bool

    def draw(self, rng: random.Random) -> str:
        """Draw one entry, unexpanded."""
        return self.entries[bisect(self.totals, rng.random() * self.totals[-1])]


@dataclass(frozen=True)
class Sentence:
    """Sentence with its mentions and their alternatives as character spans, end exclusive."""

    text: str
    mentions: list[tuple[int, int]]
    alternatives: list[tuple[int, int]]


@dataclass
class Draws:
    """Fillers of one sentence's slots: those of numbered slots, and the keys of all, which do not come again."""

    bound: dict[tuple[str, str], str] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)


def read_lexicons(path: Path) -> dict[str, Lexicon]:
    """Read the lexicons; a duplicate entry is an error unless the lexicon is flat."""
    lexicons: dict[str, Lexicon] = {}
    for section in re.split(r"^@", path.read_text("ascii"), flags=re.MULTILINE)[1:]:
        header, _, body = section.partition("\n")
        name, *flags = header.split()
        lines = [line for line in body.splitlines() if not line.startswith("#")]
        entries = [entry.strip() for line in lines for entry in line.split(";") if entry.strip()]
        assert name not in lexicons, f"two lexicons have the name {name!r}"
        assert entries, f"lexicon {name!r} is empty"
        if "flat" in flags:
            weights = [1.0] * len(entries)
        else:
            twice = [entry for entry, count in Counter(entries).items() if count > 1]
            # Cell kinds are repeated on purpose: they are slots, not names.
            assert all("<" in entry for entry in twice), f"lexicon {name!r} has duplicates: {twice}"
            weights = [(rank + ZIPF_SHIFT) ** -ZIPF_POWER for rank in range(len(entries))]
        lexicons[name] = Lexicon(entries, list(accumulate(weights)), "mention" in flags)
    return lexicons


def read_templates(path: Path) -> dict[str, list[str]]:
    """Read the templates of the sections "%mention", "%mention plain", "%none" and "%none plain"."""
    templates: dict[str, list[str]] = {}
    for section in re.split(r"^%", path.read_text("ascii"), flags=re.MULTILINE)[1:]:
        header, _, body = section.partition("\n")
        lines = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
        templates.setdefault(header, []).extend(lines)
    known = {"mention", "mention plain", "none", "none plain"}
    assert set(templates) == known, f"the sections are {sorted(templates)} and should be {sorted(known)}"
    lines = [line for part in templates.values() for line in part]
    assert len(set(lines)) == len(lines), "there is a duplicate template"
    return templates


class Generator:
    """Draws sentences from the grammar."""

    def __init__(self, lexicons: dict[str, Lexicon], rng: random.Random) -> None:
        """Draw from these lexicons."""
        self.lexicons = lexicons
        self.rng = rng

    def expand(self, text: str, draws: Draws) -> str:
        """Fill the choices and slots of ``text``, with mentions in braces."""
        text = CHOICE.sub(lambda match: self.rng.choice(match[1].split("|")), text)
        return SLOT.sub(lambda match: self.fill(match, draws), text)

    def fill(self, match: re.Match[str], draws: Draws) -> str:
        """Fill one slot."""
        name, index, side, number, low, high = match.groups()
        if number == "int":
            return str(self.rng.randint(int(low), int(high)))
        if number == "dec":
            return f"{self.rng.uniform(float(low), float(high)):.1f}"
        if index and (name, index) in draws.bound:
            return self.side(draws.bound[name, index], side)
        lexicon = self.lexicons[name]
        for _ in range(50):
            trial = Draws(dict(draws.bound), set(draws.used))
            value = self.expand(lexicon.draw(self.rng), trial)
            plain = value.replace("{", "").replace("}", "").lower()
            keys = {("mention" if lexicon.mention else name, part) for part in plain.split(" = ")}
            if side:
                keys |= {("mention", part) for _, part in keys}
            if not keys & draws.used:
                break
        draws.used |= trial.used | keys
        if lexicon.mention:
            value = "{" + value + "}"
        if index:
            draws.bound[name, index] = value
        return self.side(value, side)

    @staticmethod
    def side(value: str, side: str | None) -> str:
        """Return one side of a "full = abbreviation" entry, or the value itself."""
        if side is None:
            return value
        full, _, abbreviation = value.partition(" = ")
        return full if side == "full" else abbreviation

    def sentence(self, template: str) -> Sentence:
        """Draw a sentence."""
        template = re.sub(r"(<fullabbr\d\.(?:full|abbr)>)", r"{\1}", template)
        marked = self.expand(template, Draws())
        assert not re.search(r"<[a-z]|\[[^\]]*\|", marked), f"a slot or choice is not filled: {marked}"
        characters: list[str] = []
        mentions: list[tuple[int, int]] = []
        depth = start = 0
        for character in marked:
            if character == "{":
                start = len(characters) if depth == 0 else start
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0:
                    mentions.append((start, len(characters)))
            else:
                characters.append(character)
        assert depth == 0, f"braces do not match: {marked}"
        text = "".join(characters)
        # A sentence begins with a capital, but c-fos, p53 and sro7 keep theirs.
        first = TOKEN.findall(text)[0]
        if not (mentions and mentions[0][0] == 0) or (first.isalpha() and len(first) > 3):
            text = text[0].upper() + text[1:]
        return Sentence(text, mentions, alternatives(text, mentions))


def alternatives(text: str, mentions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the other acceptable spans of a sentence's mentions, by the annotation rules."""
    spans: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(mentions):
        mention = text[start:end]
        inner = start
        for species in SPECIES:
            if mention.lower().startswith(species):
                inner = start + len(species)
                spans.append((inner, end))
        if longer := LONGER.match(text, end):
            spans.append((start, longer.end()))
            if inner != start:
                spans.append((inner, longer.end()))
        if cut := re.search(r", | and ", mention):
            spans.append((start, start + cut.start()))
        if number + 1 < len(mentions):
            following, close = mentions[number + 1]
            if text[end:following] == " (" and text[close : close + 1] == ")":
                spans.append((start, close + 1))
    return [span for span in spans if span not in mentions]


def borders(text: str) -> tuple[set[int], set[int]]:
    """Return the offsets at which the tokens of ``text`` begin and end."""
    starts, ends = set(), set()
    for match in TOKEN.finditer(text):
        starts.add(match.start())
        ends.add(match.end())
        if len(match[0]) > 2 and match[0].endswith("'s"):
            starts.add(match.end() - 2)
            ends.add(match.end() - 2)
    return starts, ends


def check(sentence: Sentence) -> None:
    """Check one sentence."""
    text = sentence.text
    assert text.isascii() and text.isprintable(), f"not ASCII: {text!r}"
    assert text == " ".join(text.split()), f"leading, trailing or repeated spaces: {text!r}"
    starts, ends = borders(text)
    last = 0
    for start, end in sentence.mentions:
        mention = text[start:end]
        assert mention and mention == mention.strip(), f"empty or padded mention {mention!r}: {text}"
        assert last <= start, f"mentions overlap at {mention!r}: {text}"
        assert not text[:start].lower().endswith(SPECIES), f"{mention!r} lacks its species word: {text}"
        last = end
    for start, end in sentence.mentions + sentence.alternatives:
        assert start in starts and end in ends, f"{text[start:end]!r} is not on token borders: {text}"
    for start, end in sentence.alternatives:
        overlap = any(start < right and left < end for left, right in sentence.mentions)
        assert overlap, f"alternative {text[start:end]!r} overlaps no mention: {text}"


def draw_sentences(
    generator: Generator, templates: dict[str, list[str]], kind: str, count: int, seen: set[str]
) -> list[Sentence]:
    """Draw ``count`` distinct sentences of a kind, passing over its templates in a new order each time."""
    extensible = set(templates[kind])
    pool = templates[kind] + templates[f"{kind} plain"]
    sentences: list[Sentence] = []
    for _ in range(1000):
        for template in generator.rng.sample(pool, len(pool)):
            if len(template.split()) <= TITLE_LENGTH:
                if generator.rng.random() > TITLES:
                    continue
            elif template in extensible and template[-1] == "." and generator.rng.random() < LENGTHENED:
                template = f"{template[:-1]}, <{kind}end>."
            sentence = generator.sentence(template)
            key = sentence.text.lower()
            if key not in seen:
                seen.add(key)
                sentences.append(sentence)
            if len(sentences) == count:
                return sentences
    raise AssertionError(f"the grammar is too small for {count} distinct sentences of kind {kind!r}")


def non_space(text: str, position: int) -> int:
    """Return the number of non-space characters before ``position``."""
    return len(text[:position].replace(" ", ""))


def eval_lines(identifier: str, text: str, spans: list[tuple[int, int]]) -> list[str]:
    """Return the lines of an eval file for one sentence, each checked against the sentence."""
    lines = []
    packed = text.replace(" ", "")
    for start, end in spans:
        mention = text[start:end]
        first, last = non_space(text, start), non_space(text, end) - 1
        assert packed[first : last + 1] == mention.replace(" ", ""), f"{identifier}: offsets of {mention!r}"
        lines.append(f"{identifier}|{first} {last}|{mention}")
    return lines


def write_part(folder: Path, source: str, first: int, sentences: list[Sentence]) -> None:
    """Write one part of the corpus."""
    lines: dict[str, list[str]] = {source: [], "GENE.eval": [], "ALTGENE.eval": []}
    for number, sentence in enumerate(sentences, first):
        identifier = f"SAMPLE{number:04d}"
        lines[source].append(f"{identifier} {sentence.text}")
        lines["GENE.eval"] += eval_lines(identifier, sentence.text, sentence.mentions)
        lines["ALTGENE.eval"] += eval_lines(identifier, sentence.text, sentence.alternatives)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in lines.items():
        assert len(set(content)) == len(content), f"{folder.name}/{name} has a duplicate line"
        (folder / name).write_bytes("".join(line + "\n" for line in content).encode("ascii"))


def report(name: str, sentences: list[Sentence]) -> None:
    """Print statistics of one part."""
    mentions = [sentence.text[start:end] for sentence in sentences for start, end in sentence.mentions]
    bare = sum(not sentence.mentions for sentence in sentences)
    tokens = [len(borders(sentence.text)[0]) for sentence in sentences]
    print(
        f"{name}: {len(sentences)} sentences ({bare} without a mention), {len(mentions)} mentions "
        f"({len(set(mentions))} distinct), {sum(len(s.alternatives) for s in sentences)} alternatives, "
        f"{sum(tokens) / len(tokens):.1f} tokens a sentence ({min(tokens)} to {max(tokens)})"
    )


def main() -> None:
    """Draw, check and write the corpus."""
    rng = random.Random(SEED)
    templates = read_templates(GRAMMAR / "templates.txt")
    generator = Generator(read_lexicons(GRAMMAR / "lexicon.txt"), rng)
    total = TRAIN + TEST
    bare = round(total * WITHOUT_MENTION)
    seen: set[str] = set()
    sentences = draw_sentences(generator, templates, "mention", total - bare, seen)
    assert all(sentence.mentions for sentence in sentences), "a template with mentions gave none"
    distractors = draw_sentences(generator, templates, "none", bare, seen)
    for sentence in distractors:
        assert not sentence.mentions, f"a template without mentions gave one: {sentence.text}"
    sentences += distractors
    rng.shuffle(sentences)
    for sentence in sentences:
        check(sentence)
    assert len({sentence.text for sentence in sentences}) == total, "there is a duplicate sentence"
    write_part(TARGET / "train", "train.in", 1, sentences[:TRAIN])
    write_part(TARGET / "test", "test.in", 1001, sentences[TRAIN:])
    report("train", sentences[:TRAIN])
    report("test", sentences[TRAIN:])


if __name__ == "__main__":
    main()
