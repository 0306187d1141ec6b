"""Trains, scores and tracks one variant of the tagger: python train.py --help."""

import os

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from bner.errors import reported


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
def main(config: DictConfig) -> float:
    """One run; the dev F1 is for sweepers that optimise."""
    from bner.training import train  # heavy imports wait until they are needed, and --help does not

    with reported():
        return train(config, overrides=list(HydraConfig.get().overrides.task))


if __name__ == "__main__":
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come out as they are, for `reported` to turn into sentences
    with reported(HydraException, OmegaConfBaseException):
        main()
