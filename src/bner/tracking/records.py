"""Finished runs as small text files, from which they can be brought into another store: to publish and to share them.

A record is a JSON file with the run's parameters, tags, scores and tables. Of its counts by sentence it has those of
sentences with errors only; `sentences.csv` beside the records has the number of gold mentions of each test sentence,
and true positives are what is left. Predictions and weights are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

from bner.errors import BnerError
from bner.runtime.files import write_lines
from bner.tracking.artifacts import artifact
from bner.tracking.lookup import CONFIG
from bner.tracking.scores import BY_SENTENCE, RULES, RunScores, read_scores
from bner.tracking.store import open_store
from bner.tracking.store_errors import store_errors
from bner.tracking.tags import PARENT, SWEEPS
from bner.tracking.variants import FINISHED, VariantRun, by_variant, variant_runs

ORIGIN = "record.run"  # tag of a run that was brought from another store: its identifier there
_SENTENCES = "sentences.csv"
_SYSTEM = "system/"


def save_runs(uri: str, experiment: str, folder: Path) -> list[Path]:
    """Write a record of the newest finished run of each variant and seed, `CORPUS/NAME.json`.

    Args:
        uri: of the MLflow store.
        experiment: with the runs.
        folder: of the records; those of other runs stay.

    Returns:
        The files.

    Raises:
        BnerError: there is no such store or experiment, a run has no counts by sentence, or a file cannot be written.
    """
    written = []
    for runs in by_variant(variant_runs(uri, experiment)).values():
        for run in runs:
            scores = read_scores(uri, run.run_id)
            own = folder / run.corpus
            own.mkdir(parents=True, exist_ok=True)
            _check_or_write_sentences(own / _SENTENCES, scores)
            file = own / f"{run.name}.json"
            text = json.dumps(_record(uri, run, scores), indent=1, sort_keys=True, ensure_ascii=False)
            write_lines(file, text.splitlines())
            written.append(file)
    return written


def load_runs(uri: str, experiment: str, folder: Path) -> tuple[int, int]:
    """Bring the runs of a folder of records into a store; those that it has already are left alone.

    Args:
        uri: of the MLflow store, created where it does not exist.
        experiment: for the runs.
        folder: with the records.

    Returns:
        The numbers of runs that were brought in, and of those that the store had.

    Raises:
        BnerError: there is no record in the folder, one of them is broken, or the store does not accept it.
    """
    files = sorted(folder.glob("*/*.json"))
    if not files:
        raise BnerError(f"{folder} has no records of runs (CORPUS/NAME.json): write some with `bner save-runs FOLDER`.")
    read = {file: _read(file) for file in files}  # all of them before the first run is made
    client, experiment_id = open_store(uri, experiment)
    with store_errors(uri, "does not accept runs"):
        known = {tag for run in variant_runs(uri, experiment) for tag in (run.run_id, run.tags.get(ORIGIN))}
        new = [record for record, _ in read.values() if record["run"] not in known]
        for record, counts in read.values():
            if record["run"] not in known:
                _create(client, experiment_id, record, counts)
    return len(new), len(read) - len(new)


def _record(uri: str, run: VariantRun, scores: RunScores) -> dict[str, Any]:
    with artifact(uri, run.run_id, "tables") as tables:
        texts = {
            path.name: path.read_text(encoding="utf-8").splitlines()
            for path in sorted(tables.glob("*.csv"))
            if path.name != Path(BY_SENTENCE).name
        }
    with artifact(uri, run.run_id, CONFIG) as file:
        config = file.read_text(encoding="utf-8").splitlines()
    left_out = (PARENT, SWEEPS, "mlflow.log-model.history")
    return {
        "run": run.tags.get(ORIGIN, run.run_id), "name": run.name, "minutes": run.minutes, "started": run.started,
        "params": run.params, "tags": {key: value for key, value in run.tags.items() if key not in left_out},
        "metrics": {key: value for key, value in run.metrics.items() if not key.startswith(_SYSTEM)},
        "config": config, "tables": texts, "errors": {rule: _errors(scores.counts[rule]) for rule in RULES},
    }  # fmt: skip


def _errors(counts: np.ndarray[Any, Any]) -> str:
    """Write the sentences with errors as `number:fp:fn`, the number of the sentence from 0."""
    wrong = np.flatnonzero(counts[:, 1:].any(1))
    return " ".join(f"{number}:{counts[number, 1]}:{counts[number, 2]}" for number in wrong.tolist())


def _check_or_write_sentences(file: Path, scores: RunScores) -> None:
    gold = {rule: scores.counts[rule][:, [0, 2]].sum(1) for rule in RULES}
    table = pd.DataFrame({"sentence": scores.sentences, **gold})
    if file.exists():
        if not _sentences(file).equals(table):
            raise BnerError(
                f"{file} has other test sentences than run {scores.run_id}: write records of one test part to a folder."
            )
        return
    write_lines(file, table.to_csv(index=False).splitlines())


def _sentences(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype={"sentence": str})


def _read(file: Path) -> tuple[dict[str, Any], str]:
    """Read a record, and its counts by sentence as the artifact has them."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        gold = _sentences(file.with_name(_SENTENCES))
        table: dict[str, Any] = {"sentence": gold["sentence"]}
        for rule in RULES:
            errors = np.zeros((len(gold), 2), dtype=np.int64)
            for word in record["errors"][rule].split():
                number, fp, fn = map(int, word.split(":"))
                errors[number] = fp, fn
            table |= {
                f"{rule}_tp": gold[rule] - errors[:, 1], f"{rule}_fp": errors[:, 0], f"{rule}_fn": errors[:, 1]
            }  # fmt: skip
        for key, kind in (("run", str), ("name", str), ("minutes", float), ("started", int), ("params", dict),
                          ("tags", dict), ("metrics", dict), ("tables", dict), ("config", list)):  # fmt: skip
            if not isinstance(record[key], kind):
                raise ValueError(f"{key} is no {kind.__name__}")
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BnerError(f"{file} is no record of a run ({error}): write it again with `bner save-runs`.") from error
    return record, pd.DataFrame(table).to_csv(index=False)


def _create(client: MlflowClient, experiment_id: str, record: Mapping[str, Any], by_sentence: str) -> None:
    started = int(record["started"])
    tags = {**record["tags"], ORIGIN: record["run"]}
    run = client.create_run(experiment_id, start_time=started, run_name=record["name"], tags=tags)
    run_id = str(run.info.run_id)
    ended = started + round(60_000 * record["minutes"])
    metrics = [Metric(key, value, ended, 0) for key, value in record["metrics"].items()]
    params = [Param(key, value) for key, value in record["params"].items()]
    for start in range(0, max(len(metrics), len(params)), 100):
        client.log_batch(run_id, metrics[start : start + 100], params[start : start + 100])
    client.log_text(run_id, "\n".join([*record["config"], ""]), CONFIG)
    client.log_text(run_id, by_sentence, BY_SENTENCE)
    for name, lines in record["tables"].items():
        client.log_text(run_id, "\n".join([*lines, ""]), f"tables/{Path(name).name}")
    client.set_terminated(run_id, FINISHED, ended)
