"""Train variants with the bner that is imported, and keep the scores and weights of each: used by test_unchanged.py.

    python recorded_runs.py ROOT TRAIN OUT VARIANTS

ROOT is the checkout whose conf/ is composed, TRAIN the module with `train`, OUT the folder to write to, VARIANTS a JSON
file with a list of overrides for each variant.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from mlflow.tracking import MlflowClient


def main() -> None:
    """Write a file NAME.pt for each variant: scores and weights."""
    root, module, out, variants = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(Path(sys.argv[4]).read_text())
    train = importlib.import_module(module).train
    for name, overrides in variants.items():
        mlruns = out / name
        fixed = [
            "trainer.threads=1",
            "trainer.progress=false",
            "tracking.system_metrics=false",
            f"paths.mlruns={mlruns}",
        ]
        with initialize_config_dir(str(Path(root) / "conf"), version_base="1.3"):
            train(compose("train", overrides=[*fixed, *overrides]))
        client = MlflowClient(f"sqlite:///{mlruns}/mlflow.db")
        (run,) = client.search_runs([each.experiment_id for each in client.search_experiments()])
        (file,) = mlruns.glob("artifacts/*/artifacts/checkpoints/best.ckpt")
        weights = torch.load(file, weights_only=True)["state_dict"]
        scores = {
            key: value for key, value in run.data.metrics.items() if key.startswith(("dev/", "test/", "train/loss"))
        }
        torch.save({"scores": scores, "weights": weights}, out / f"{name}.pt")


if __name__ == "__main__":
    main()
