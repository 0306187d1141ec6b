"""The name and the description of a run, from its settings and the words of its command line."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bner.config.identity import is_ignored
from bner.config.schema import AnySettings, Settings, flat
from bner.masking import masked

AXES = ("corpus", "embedding", "model", "char", "decoder")  # groups of conf/, named by `<group>.name`
_NAMED = (
    *AXES, *(f"{axis}.name" for axis in AXES), "ablation", "embedding.finetune", "seed", "context", "context.name",
)  # fmt: skip
NOT_REPEATED = ("resume", "paths", "tracking", "hydra", "trainer.progress")  # by the command that repeats a run
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


def run_name(settings: Settings, overrides: Sequence[str] = ()) -> str:
    """Name a run: the axes in the paper's order, the seed, and whatever else the command line changes.

    Names look like `gm-blstm-biomed300-frozen-attention-crf-s1` or
    `gm-blstm-biomed300-frozen-attention-crf-s1-batch_size=32-lr=0.01`. A name longer than 120 characters is cut, and
    ends in a hash of the whole. Trials of a search are named after it and their number.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
    """
    if settings.tracking.study and settings.tracking.trial is not None:
        return f"{settings.tracking.study[: _MAX_LENGTH - 12]}-trial{settings.tracking.trial}"
    return joined([_axes(settings), f"s{settings.seed}"], differences(settings, overrides))


def variant_name(settings: Settings, overrides: Sequence[str] = ()) -> str:
    """Name what runs that differ in their seed only have in common; see `run_name`."""
    return joined([_axes(settings)], differences(settings, overrides))


def differences(settings: AnySettings, overrides: Sequence[str]) -> list[Difference]:
    """Return the overrides that change what is computed and belong to no axis: groups first, then keys, sorted.

    An experiment that only lists the variants of a table of the paper changes nothing.
    """
    values = flat(settings)
    endings = Counter(key.rpartition(".")[2] for key in values)
    found = {}
    for word in overrides:
        key, value = parsed(word)
        if (
            is_ignored(key, settings.identity.ignored)
            or key in _NAMED
            or (key, value) == ("experiment", settings.tracking.table)
        ):
            continue
        short = key.rpartition(".")[2]
        name = short if key in values and endings[short] == 1 else key
        shown = masked(value) if "://" in value else value.rstrip("/").rpartition("/")[2]
        is_key = "." in key or key in values or word.startswith("~")
        found[key] = Difference(key, masked(value), f"{name}={shown}" if is_key else shown)
    if isinstance(settings, Settings) and settings.context.label:
        found["context"] = Difference("context", settings.context.name, settings.context.label)
    return sorted(found.values(), key=lambda each: ("=" in each.label, each.key))


def describe(settings: Settings, overrides: Sequence[str], commit: str) -> str:
    """Describe a run and the command that repeats it, in Markdown.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
        commit: of the code.
    """
    vectors = "tuned" if settings.embedding.finetune else "frozen"
    others = [f"{each.key}={each.value}" for each in differences(settings, overrides)]
    changed = f"Settings other than the default: {', '.join(f'`{word}`' for word in others)}.\n\n" if others else ""
    return (
        f"**{settings.model.name.upper()}** on {settings.embedding.label} vectors ({vectors}), "
        f"characters: {settings.char.name}, decoder: {settings.decoder.name}; corpus {settings.corpus.name}, "
        f"seed {settings.seed}.\n\n{changed}"
        f"Repeat it with the code of commit {commit}: `{command(settings, overrides)}`"
    )


def command(settings: Settings, overrides: Sequence[str], seeds: Sequence[int] = ()) -> str:
    """Return the command that repeats a run: the axes spelt out, then the other words of its command line.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
        seeds: to repeat it with, as a sweep; none for the run's own.
    """
    given = dict(parsed(word) for word in overrides)
    groups = {axis: str(getattr(settings, axis).name) for axis in AXES}
    groups["embedding"] = settings.embedding.default_name  # its name may be one of the user's own
    words = [
        f"{axis}={given.get(axis, group)}" for axis, group in groups.items()
        if axis in given or f"{axis}.name" not in given or axis == "embedding"
    ]  # fmt: skip
    words += [
        f"embedding.finetune={str(settings.embedding.finetune).lower()}",
        f"seed={','.join(map(str, seeds or [settings.seed]))}",
    ]
    spelt = {*AXES, "embedding.finetune", "seed"}
    for word in overrides:
        key, value = parsed(word)
        table = (key, value) == ("experiment", settings.tracking.table)  # its variants are spelt out
        if key not in spelt and not table and not is_ignored(key, NOT_REPEATED):
            words.append(word)
    return masked(shlex.join(["python", "train.py", *(["-m"] if seeds else []), *words]))


def joined(words: Sequence[str], others: Sequence[Difference]) -> str:
    """Join the words of a name; one longer than 120 characters is cut, and ends in a hash of the whole."""
    name = "-".join([*words, *(each.label for each in others)])
    if len(name) <= _MAX_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _MAX_LENGTH - 9]}-{digest}"


def parsed(word: str) -> tuple[str, str]:
    """Split an override into key and value; `~key` deletes the key."""
    key, _, value = word.lstrip("+~").partition("=")
    return key, "none" if word.startswith("~") else value.strip("'\"")


def _axes(settings: Settings) -> str:
    """Join the axes' values in the paper's order."""
    vectors = "tuned" if settings.embedding.finetune else "frozen"
    characters = settings.char.name if settings.char.name != "none" else "nochar"
    return "-".join(
        [
            settings.corpus.name,
            settings.model.name,
            settings.embedding.label,
            vectors,
            characters,
            settings.decoder.name,
        ]
    )
