"""The name and the description of a run, from its settings and the words of its command line."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bner.config.schema import Settings, flat
from bner.masking import masked

AXES = ("corpus", "embedding", "model", "char", "decoder")  # groups of conf/, named by `<group>.name`
# Settings that do not change what a run computes, or that the axes' names already say; a prefix ends in a dot.
IGNORED = (
    "resume", "paths.", "tracking.", "hydra.", "trainer.progress", "trainer.threads", "corpus.folder",
    "embedding.file", "embedding.origin",
)  # fmt: skip
_NAMED = (*AXES, *(f"{axis}.name" for axis in AXES), "embedding.finetune", "seed")
_NOT_REPEATED = ("resume", "paths.", "tracking.", "hydra.", "trainer.progress")
_MAX_LENGTH = 120


@dataclass(frozen=True)
class Difference:
    """A setting by which a run differs from the default of its axes.

    Attributes:
        key: a key, or a group of conf/, as the command line has it.
        value: what it is set to.
        label: a short form for names, as in `lr=0.01`, or `program` for `experiment=program`.
    """

    key: str
    value: str
    label: str


def run_name(settings: Settings, overrides: Sequence[str] = (), ignored: Sequence[str] = IGNORED) -> str:
    """Name a run: the axes in the paper's order, the seed, and whatever else the command line changes.

    Names look like `gm-blstm-biomed300-frozen-attention-crf-s1` or
    `gm-blstm-biomed300-frozen-attention-crf-s1-batch_size=32-lr=0.01`. A name longer than 120 characters is cut, and
    ends in a hash of the whole.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
        ignored: keys, and prefixes of keys that end in a dot, that names leave out.
    """
    return _joined([_axes(settings), f"s{settings.seed}"], differences(settings, overrides, ignored))


def variant_name(settings: Settings, overrides: Sequence[str] = (), ignored: Sequence[str] = IGNORED) -> str:
    """Name what runs that differ in their seed only have in common; see `run_name`."""
    return _joined([_axes(settings)], differences(settings, overrides, ignored))


def differences(settings: Settings, overrides: Sequence[str], ignored: Sequence[str] = IGNORED) -> list[Difference]:
    """Return the overrides that change what is computed and belong to no axis: groups first, then keys, sorted.

    An experiment that only lists the variants of a table of the paper changes nothing.
    """
    values = flat(settings)
    endings = Counter(key.rpartition(".")[2] for key in values)
    found = {}
    for word in overrides:
        key, value = _parsed(word)
        if _matches(key, ignored) or key in _NAMED or (key, value) == ("experiment", settings.tracking.table):
            continue
        short = key.rpartition(".")[2]
        name = short if key in values and endings[short] == 1 else key
        shown = masked(value) if "://" in value else value.rstrip("/").rpartition("/")[2]
        is_key = "." in key or key in values or word.startswith("~")
        found[key] = Difference(key, masked(value), f"{name}={shown}" if is_key else shown)
    return sorted(found.values(), key=lambda each: ("=" in each.label, each.key))


def describe(settings: Settings, overrides: Sequence[str], commit: str, ignored: Sequence[str] = IGNORED) -> str:
    """Describe a run and the command that repeats it, in Markdown.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
        commit: of the code.
        ignored: see `run_name`.
    """
    vectors = "tuned" if settings.embedding.finetune else "frozen"
    others = [f"{each.key}={each.value}" for each in differences(settings, overrides, ignored)]
    changed = f"Settings other than the default: {', '.join(f'`{word}`' for word in others)}.\n\n" if others else ""
    return (
        f"**{settings.model.name.upper()}** on {settings.embedding.name} vectors ({vectors}), "
        f"characters: {settings.char.name}, decoder: {settings.decoder.name}; corpus {settings.corpus.name}, "
        f"seed {settings.seed}.\n\n{changed}"
        f"Repeat it with the code of commit {commit}: `{command(settings, overrides)}`"
    )


def command(settings: Settings, overrides: Sequence[str]) -> str:
    """Return the command that repeats a run: the axes spelt out, then the other words of its command line.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
    """
    given = dict(_parsed(word) for word in overrides)
    values = flat(settings)
    words = [
        f"{axis}={given.get(axis, values[f'{axis}.name'])}" for axis in AXES
        if axis in given or not {f"{axis}.name", f"{axis}.file"} & given.keys()  # a name of its own is no group's
    ]  # fmt: skip
    words += [f"embedding.finetune={str(settings.embedding.finetune).lower()}", f"seed={settings.seed}"]
    spelt = {*AXES, "embedding.finetune", "seed"}
    for word in overrides:
        key, value = _parsed(word)
        table = (key, value) == ("experiment", settings.tracking.table)  # its variants are spelt out
        if key not in spelt and not table and not _matches(key, _NOT_REPEATED):
            words.append(word)
    return masked(shlex.join(["python", "train.py", *words]))


def _axes(settings: Settings) -> str:
    """Join the axes' values in the paper's order."""
    vectors = "tuned" if settings.embedding.finetune else "frozen"
    characters = settings.char.name if settings.char.name != "none" else "nochar"
    return "-".join(
        [settings.corpus.name, settings.model.name, settings.embedding.name, vectors, characters, settings.decoder.name]
    )


def _joined(words: Sequence[str], others: Sequence[Difference]) -> str:
    name = "-".join([*words, *(each.label for each in others)])
    if len(name) <= _MAX_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _MAX_LENGTH - 9]}-{digest}"


def _parsed(word: str) -> tuple[str, str]:
    """Split an override into key and value; `~key` deletes the key."""
    key, _, value = word.lstrip("+~").partition("=")
    return key, "none" if word.startswith("~") else value.strip("'\"")


def _matches(key: str, prefixes: Sequence[str]) -> bool:
    """Tell whether a key, or the group that it names, is among the prefixes.

    >>> _matches("paths.data", ["paths."]), _matches("tracking", ["tracking."]), _matches("resume_all", ["resume"])
    (True, True, False)
    """
    dotted = key.replace("/", ".")
    return any(
        dotted == prefix.rstrip(".") or (prefix.endswith(".") and dotted.startswith(prefix)) for prefix in prefixes
    )
