"""What a run is called and by which tags it is found."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bner.settings import Settings


def run_name(settings: Settings) -> str:
    """The variant in one word.

    The axes come in the paper's order, as in `gm-blstm-biomed300-frozen-attention-crf-s1`.
    """
    tags = variant_tags(settings)
    axes = ("corpus", "model", "embedding", "vectors", "char", "decoder")
    return "-".join([*(tags[f"variant.{axis}"] for axis in axes), f"s{settings.seed}"])


def variant_tags(settings: Settings) -> dict[str, str]:
    """One tag for each axis of the paper."""
    return {
        "variant.corpus": settings.corpus.name,
        "variant.model": settings.model.name,
        "variant.embedding": settings.embedding.name,
        "variant.vectors": "tuned" if settings.embedding.finetune else "frozen",
        "variant.char": settings.char.name if settings.char.name != "none" else "nochar",
        "variant.decoder": settings.decoder.name,
    }


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
