"""Train, score and track one variant of the tagger, or a sweep of them: python train.py --help."""

import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from bner.errors import BnerError, one_line, reported
from bner.masking import masked


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
def main(config: DictConfig) -> float:
    """Carry out one run; the dev F1 is for sweepers that optimise."""
    from bner.experiments.run import train  # heavy imports wait until they are needed, and --help does not
    from bner.experiments.sweep import job_config

    job = HydraConfig.get()
    words = list(job.overrides.task)
    if job.mode == RunMode.RUN:
        with reported():
            return train(config, words)
    try:
        return train(job_config(config, job), words)
    except BnerError as error:  # the other jobs go on; of several errors Hydra shows one at the end
        print(f"bner: {masked(' '.join(words))}: {one_line(error)}", file=sys.stderr, flush=True)
        raise


if __name__ == "__main__":
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come out as they are, for `reported` to print as sentences
    with reported():
        try:
            main()
        except (HydraException, OmegaConfBaseException) as error:
            from bner.experiments.overrides import explain

            raise BnerError(explain(error, Path(__file__).parent / "conf", sys.argv[1:])) from error
