"""The network of a tracked run: its stored configuration, its best checkpoint, and the vectors that this leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bner.config.schema import Settings
from bner.config.stored import stored_settings
from bner.corpora.bies import LabelSet
from bner.corpora.sentence import Sentence
from bner.data.vocabulary import Vocabulary, wanted_keys
from bner.errors import BnerError
from bner.inference.network import build_network
from bner.model.network import Tagger
from bner.runtime.hashing import sha256_of_files
from bner.tracking.artifacts import artifact, get_run, read_config
from bner.training.checkpoints import CARD, check_card, read_checkpoint
from bner.training.optimizers import VECTORS
from bner.vectors.table import WordTable

CHECKPOINT = "checkpoints/best.ckpt"
_PREFIX = "network."  # of the weights of the network in the state of `TaggerModule`


def run_settings(uri: str, run_id: str, data: Path | None = None) -> Settings:
    """Read the settings of a run.

    Args:
        uri: of the MLflow store.
        run_id: of the run.
        data: the data folder of now; None is the one that the run had.

    Raises:
        BnerError: there is no such store or run, or the run has no configuration that can be read back.
    """
    name = f"run {run_id} ({get_run(uri, run_id).info.run_name})"
    text = read_config(uri, run_id, name)
    return stored_settings(text, name, None if data is None else data.absolute())


def trained_network(
    uri: str, run_id: str, settings: Settings, sentences: Iterable[Sentence]
) -> tuple[Tagger, Vocabulary]:
    """Rebuild the network of a run as it was at its best epoch, on the CPU and in evaluation mode.

    Frozen vectors are read for the words of the sentences alone; the vocabulary has no others.

    Args:
        uri: of the MLflow store.
        run_id: of the run.
        settings: of the run.
        sentences: what the network is to read.

    Raises:
        BnerError: the run has no checkpoint, or one that cannot be read; the vector file is missing, or is another one
            than the network was trained with.
    """
    try:
        with artifact(uri, run_id, CHECKPOINT) as file:
            state = read_checkpoint(file)
    except FileNotFoundError as error:
        raise BnerError(
            f"run {run_id} has no checkpoint ({CHECKPOINT}): name a run of train.py that has ended."
        ) from error
    check_card(state, {}, f"{CHECKPOINT} of run {run_id}")
    card: dict[str, Any] = state[CARD]
    if (files := settings.context.files()) and (found := sha256_of_files(files)) != card.get("context"):
        raise BnerError(
            f"run {run_id} was trained with a language model of SHA-256 {card.get('context')} and {files[0]} has "
            f"{found}: put back the folder that it was trained with."
        )
    if settings.embedding.finetune:
        table = _tuned(card, state["state_dict"])
    else:
        table = _frozen(card, settings, run_id, sentences)
    types = tuple(dict.fromkeys(name.partition("-")[2] for name in card["labels"] if "-" in name))
    vocabulary = Vocabulary(table.words, card["characters"], LabelSet(types), card["digits"])
    network = build_network(settings, table, vocabulary)
    weights = {key.removeprefix(_PREFIX): value for key, value in state["state_dict"].items()}
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise BnerError(f"{CHECKPOINT} of run {run_id} does not hold the weights of its own configuration.") from error
    return network.eval(), vocabulary


def _frozen(card: dict[str, Any], settings: Settings, run_id: str, sentences: Iterable[Sentence]) -> WordTable:
    """Read the vectors of the sentences' words from the file that the network was trained with."""
    files = settings.embedding.files()
    if files and (found := sha256_of_files(files)) != card["vectors"]:
        raise BnerError(
            f"run {run_id} was trained with vectors of SHA-256 {card['vectors']} and {files[0]} has {found}: put back "
            "the file that it was trained with."
        )
    trained = card["words"][1:]  # of words with a trained vector beside the frozen one, which come first
    keys = [*trained, *wanted_keys(sentences, card["digits"])]
    table: WordTable = settings.embedding.build(keys, settings.seed)
    return replace(table, trained=len(trained))


def _tuned(card: dict[str, Any], weights: dict[str, torch.Tensor]) -> WordTable:
    """Return a table of the words that were fine-tuned; the checkpoint has their vectors."""
    words = tuple(card["words"])
    return WordTable(words, np.zeros(weights[f"{_PREFIX}{VECTORS[0]}"].shape, np.float32), card["digits"])
