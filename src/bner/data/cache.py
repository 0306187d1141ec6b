"""Cache of encoded sentences on disk, by a hash of all that they were made of."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from bner.corpora.sentence import Sentence
from bner.data.encoding import EncodedSentences, Forms, encode
from bner.data.vocabulary import Vocabulary
from bner.runtime.files import written_whole

_FORMAT = "2"  # changes with what is kept and how it is encoded
_KEPT = 20  # files; the oldest go first


def cached_encoding(
    sentences: Sequence[Sentence], vocabulary: Vocabulary, folder: Path
) -> tuple[Forms, EncodedSentences]:
    """Encode sentences, or read what `encode` gave before, in this process or another, from `folder`.

    A file that cannot be read, or is not complete, is written again.

    Raises:
        BnerError: the folder cannot be written to.
    """
    file = folder / f"{_digest(sentences, vocabulary)}.npz"
    try:
        with np.load(file, allow_pickle=False) as arrays:
            tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return (
            Forms(**{name.removeprefix("forms."): each for name, each in tensors.items() if name.startswith("forms.")}),
            EncodedSentences(
                **{name.removeprefix("tokens."): each for name, each in tensors.items() if name.startswith("tokens.")}
            ),
        )
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile):
        forms, encoded = encode(sentences, vocabulary)
    arrays = {f"forms.{name}": getattr(forms, name).numpy() for name in ("words", "characters", "starts")}
    arrays |= {f"tokens.{name}": tensor.numpy() for name, tensor in asdict(encoded).items()}
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    for old in sorted(folder.glob("*.npz"), key=_age)[:-_KEPT]:
        old.unlink(missing_ok=True)
    return forms, encoded


def _digest(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> str:
    """Hash the format, the vocabulary, and the tokens and mentions of each sentence."""
    hashed = hashlib.sha256()
    head = (_FORMAT, vocabulary.digits, *vocabulary.labels.types, "", vocabulary.characters, *vocabulary.words)
    body = (f"{' '.join(sentence.tokens)}\t{sentence.mentions}" for sentence in sentences)
    for part in (head, body):
        hashed.update("\n".join(part).encode("utf-8", errors="surrogatepass") + b"\0")
    return hashed.hexdigest()


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another process was faster
        return 0.0
