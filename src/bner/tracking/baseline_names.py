"""The name, the tags and the description of a run of the baseline, in the form of those of `train.py`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bner.config.identity import is_ignored
from bner.config.schema import BaselineSettings
from bner.masking import masked
from bner.tracking.names import NOT_REPEATED, differences, joined, parsed
from bner.tracking.tags import COMMAND, COMMIT, CORPUS, NOTE, VARIANT, origin_tags

NONE = "none"


def baseline_run_name(settings: BaselineSettings, overrides: Sequence[str] = ()) -> str:
    """Name a run, as in `gm-feature_crf-s1` or `gm-feature_crf-biomed300-s1-clusters=500`.

    Args:
        settings: the configuration.
        overrides: the words of the command line.
    """
    return joined([*_axes(settings), f"s{settings.seed}"], differences(settings, overrides))


def baseline_tags(settings: BaselineSettings, overrides: Sequence[str]) -> dict[str, str]:
    """Return the tags of a new run, except the hashes of its data.

    The axes of the paper that the baseline has not are `none`; its vectors are those of its word clusters.
    """
    origin = origin_tags(settings)
    others = differences(settings, overrides)
    return origin | {
        CORPUS: settings.corpus.name,
        "variant.model": settings.baseline.name,
        "variant.embedding": _vectors(settings),
        "variant.vectors": "clusters" if settings.embedding else NONE,
        "variant.char": NONE,
        "variant.decoder": "crf",
        "variant.settings": " ".join(each.label for each in others) or "default",
        VARIANT: joined(_axes(settings), others),
        COMMAND: baseline_command(settings, overrides),
        NOTE: _describe(settings, overrides, origin[COMMIT]),
    }


def baseline_command(settings: BaselineSettings, overrides: Sequence[str]) -> str:
    """Return the command that repeats a run: the corpus, the vectors of clusters, the seed, then the other words."""
    given = dict(parsed(word) for word in overrides)
    own_name = "corpus.name" in given and "corpus" not in given  # a corpus of one's own names no group
    words = [] if own_name else [f"corpus={given.get('corpus', settings.corpus.name)}"]
    if settings.embedding:
        words.append(f"embedding={given.get('embedding', settings.embedding.default_name)}")
    words.append(f"seed={settings.seed}")
    others = [word for word in overrides if parsed(word)[0] not in ("corpus", "embedding", "seed")]
    words += [word for word in others if not is_ignored(parsed(word)[0], NOT_REPEATED)]
    return masked(shlex.join(["bner", "baseline", *words]))


def _axes(settings: BaselineSettings) -> list[str]:
    vectors = [_vectors(settings)] if settings.embedding else []
    return [settings.corpus.name, settings.baseline.name, *vectors]


def _vectors(settings: BaselineSettings) -> str:
    return str(settings.embedding.label) if settings.embedding else NONE


def _describe(settings: BaselineSettings, overrides: Sequence[str], commit: str) -> str:
    chosen = settings.baseline
    clusters = f"{chosen.clusters} of {_vectors(settings)} vectors" if settings.embedding else NONE
    others = [f"{each.key}={each.value}" for each in differences(settings, overrides)]
    changed = f"Settings other than the default: {', '.join(f'`{word}`' for word in others)}.\n\n" if others else ""
    return (
        f"**A CRF on hand-made features** ({chosen.name}), word clusters: {clusters}; corpus {settings.corpus.name}, "
        f"seed {settings.seed}.\n\n{changed}"
        f"Repeat it with the code of commit {commit}: `{baseline_command(settings, overrides)}`"
    )
