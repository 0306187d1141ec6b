"""What a run is called and by which tags it is found."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bner.config.schema import Settings, flat
from bner.runtime.hashing import sha256_of_files

TABLE, KEY = "paper.table", "variant.key"
PARENT, NOTE = "mlflow.parentRunId", "mlflow.note.content"  # by which MLflow nests runs and describes them

# What says how and where a run is carried out, not what it computes; files count by their contents.
_CARRIED_OUT = (
    "resume", "checkpoint", "paths.", "tracking.", "trainer.progress", "trainer.threads", "corpus.folder",
    "embedding.file", "embedding.origin",
)  # fmt: skip
_NOT_REPEATED = ("resume", "paths.", "tracking", "experiment", "hydra", "trainer.progress")
_COMPUTING = ("corpora", "vectors", "data", "model", "scoring", "inference", "training", "experiments/build.py")


def run_name(settings: Settings) -> str:
    """The variant in one word.

    The axes come in the paper's order, as in `gm-blstm-biomed300-frozen-attention-crf-s1`.
    """
    tags = variant_tags(settings)
    axes = ("corpus", "model", "embedding", "vectors", "char", "decoder")
    return "-".join([*(tags[f"variant.{axis}"] for axis in axes), f"s{settings.seed}"])


def run_tags(settings: Settings, parent: str | None, overrides: Sequence[str]) -> dict[str, str]:
    """The tags of a new run, but for the hashes of its data.

    Args:
        settings: the configuration.
        parent: the run of the sweep that it belongs to.
        overrides: the words of the command line.
    """
    tags = {"git.commit": git_commit(), "code.sha256": code_version(), **variant_tags(settings)}
    tags[NOTE] = _note(settings, overrides, tags["git.commit"])
    if settings.tracking.table:
        tags[TABLE] = settings.tracking.table
    return tags | ({PARENT: parent} if parent else {})


def _note(settings: Settings, overrides: Sequence[str], commit: str) -> str:
    """What a run is and how to repeat it, in Markdown, as the MLflow UI shows it."""
    tags = variant_tags(settings)
    return (
        f"**{settings.model.name.upper()}** on {settings.embedding.label} vectors ({tags['variant.vectors']}), "
        f"characters: {settings.char.name}, decoder: {settings.decoder.name}; corpus {settings.corpus.name}, "
        f"seed {settings.seed}.\n\n"
        f"Again, with the code of commit {commit}: `{command(settings, overrides)}`"
    )


def command(settings: Settings, overrides: Sequence[str]) -> str:
    """The command that repeats a run: the paper's axes spelt out, then whatever else its command line changed.

    Args:
        settings: the configuration.
        overrides: the words of the command line, or of the sweep's job.
    """
    values = flat(settings)
    words = [f"{axis}={values[f'{axis}.name']}" for axis in ("corpus", "embedding", "model", "char", "decoder")]
    words += [f"embedding.finetune={str(settings.embedding.finetune).lower()}", f"seed={settings.seed}"]
    spelt = {word.partition("=")[0] for word in words}
    words += [
        word for word in overrides
        if (key := word.lstrip("+~").partition("=")[0]) not in spelt and not key.startswith(_NOT_REPEATED)
    ]  # fmt: skip
    return shlex.join(["python", "train.py", *words])


def variant_tags(settings: Settings) -> dict[str, str]:
    """One tag for each axis of the paper."""
    return {
        "variant.corpus": settings.corpus.name,
        "variant.model": settings.model.name,
        "variant.embedding": settings.embedding.label,
        "variant.vectors": "tuned" if settings.embedding.finetune else "frozen",
        "variant.char": settings.char.name if settings.char.name != "none" else "nochar",
        "variant.decoder": settings.decoder.name,
    }


def variant_key(settings: Settings, hashes: Mapping[str, str]) -> str:
    """What two runs share that compute the same: configuration, data and code, as one SHA-256.

    Args:
        settings: the configuration.
        hashes: of the data that it names.
    """
    values = {key: value for key, value in flat(settings).items() if not key.startswith(_CARRIED_OUT)}
    text = json.dumps([values, dict(hashes), code_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_version() -> str:
    """A SHA-256 of the source files that say what a run computes."""
    package = Path(__file__).parents[1]
    found = [package / name for name in _COMPUTING]
    files = (file for path in found for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path]))
    return sha256_of_files(files)


def git_commit() -> str:
    """The commit of this code, with `-dirty` where files differ from it, or `unknown` outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
