"""The data of a run as MLflow datasets, which the run's page lists under Datasets."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mlflow.entities import Dataset, DatasetInput, InputTag

from bner.masking import masked
from bner.tracking.runs import TrackedRun

_CONTEXT = "mlflow.data.context"
_DIGEST_LENGTH = 12  # MLflow allows 36


def log_dataset(
    run: TrackedRun, name: str, digest: str, context: str, source: str, profile: Mapping[str, float]
) -> None:
    """Log one part of a corpus as an input of a run; a part that is logged already stays one.

    Args:
        run: the run.
        name: the corpus and its part, as in `gm train`.
        digest: a SHA-256 of the part, of which MLflow shows the beginning.
        context: train, dev or test.
        source: the file or folder that was read.
        profile: numbers that describe the part: sentences, tokens, mentions.

    Raises:
        BnerError: the store has not answered for the time that the run waits for it.
    """
    dataset = Dataset(
        name=name,
        digest=digest[:_DIGEST_LENGTH],
        source_type="local",
        source=json.dumps({"uri": masked(source)}),
        profile=json.dumps(dict(profile)),
    )
    run.retry(lambda: run.client.log_inputs(run.id, [DatasetInput(dataset, [InputTag(_CONTEXT, context)])]))
