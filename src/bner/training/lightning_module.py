"""The LightningModule: loss, dev score, prediction and the paper's optimizer around the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torchmetrics import Metric

from bner.corpora.bies import LabelSet
from bner.errors import BnerError
from bner.model.tagger import Inputs, Tagger
from bner.model.word_memory import StreamInputs, WordMemory
from bner.training.random_states import random_states, set_random_states

CARD = "bner"  # the key of a checkpoint under which it says what it was trained for
RANDOM = "random_states"


class LabelledInputs(Inputs, Protocol):
    """A batch with gold labels."""

    @property
    def labels(self) -> Tensor:
        """The gold label of each token, (B, T)."""

    @property
    def share(self) -> float:
        """What the mean loss of this process's part counts for in the update, 1 where there is one process."""


class LabelledStream(StreamInputs, Protocol):
    """A batch over remembered forms, with gold labels."""

    @property
    def labels(self) -> Tensor:
        """The gold label of each token, (B, T)."""


@dataclass(frozen=True)
class OptimizerChoice:
    """AdaGrad's step, its epsilon, and the weight of the L2 term."""

    lr: float
    eps: float
    l2: float


class TaggerModule(LightningModule):
    """A network in training.

    Args:
        network: the network.
        labels: the labels of its output.
        dev_score: a metric over predicted and gold spans that gives `precision`, `recall` and `f1`.
        optimizer: AdaGrad's settings.
        card: plain values that say what the network is; written into checkpoints, and compared when one is read.
    """

    def __init__(
        self,
        network: Tagger,
        labels: LabelSet,
        dev_score: Metric,
        optimizer: OptimizerChoice,
        card: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network = network
        self.labels = labels
        self.dev_score = dev_score
        self.optimizer_choice = optimizer
        self.card = dict(card)
        self.losses = torch.zeros(2)  # of the epoch so far: the sum over its sentences, and their number
        self.memory: WordMemory | None = None  # while dev sentences are tagged

    def on_train_epoch_start(self) -> None:
        """Begins the epoch's sum of losses; Lightning's logging at every step costs about a millisecond each time."""
        self.losses = torch.zeros(2, device=self.device)

    def training_step(self, batch: LabelledInputs, _: int) -> Tensor:
        """The mean over sentences of -log P(gold labels)."""
        losses = self.network.decoder.loss(self.network(batch), batch.labels, batch.lengths)
        loss = losses.mean() * batch.share
        if self.network.finetune:
            loss = loss + self._l2_of_looked_up(batch)
        self.losses += torch.stack([losses.detach().sum(), torch.ones_like(losses).sum()])
        return loss

    def on_validation_epoch_start(self) -> None:
        """Logs the mean loss of the epoch that has just been trained, and forgets the words of the weights before."""
        total, sentences = self.losses
        self.log("train/loss", total / sentences, sync_dist=True)
        self.memory = None

    def validation_step(self, batch: LabelledStream, _: int) -> None:
        """Adds the batch to the dev score."""
        if self.memory is None:
            self.memory = WordMemory(self.network, batch.num_slots)
        labels = self.memory.labels(batch)
        self.dev_score.update(self.labels.decode_rows(_array(labels)), self.labels.decode_rows(_array(batch.labels)))

    def on_validation_epoch_end(self) -> None:
        """Logs strict precision, recall and F1 on dev, as fractions."""
        self.memory = None
        scores = {f"dev/{name}": torch.tensor(value) for name, value in self.dev_score.compute().items()}
        self.dev_score.reset()
        f1 = scores.pop("dev/f1")
        self.log("dev/f1", f1, prog_bar=True, sync_dist=True)
        self.log_dict(scores, sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdaGrad over all parameters; of fine-tuned vectors, only the rows that a batch looks up are touched."""
        choice = self.optimizer_choice
        dense = [p for name, p in self.network.named_parameters() if name != "vectors"]
        groups: list[dict[str, Any]] = [{"params": dense, "weight_decay": choice.l2}]
        if self.network.finetune:
            groups.append({"params": [self.network.vectors], "weight_decay": 0.0})
        if dense[0].device.type == "cpu":
            groups[0]["fused"] = True  # one pass over each weight instead of six
        return torch.optim.Adagrad(groups, lr=choice.lr, eps=choice.eps)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Writes the card and the random states."""
        checkpoint[CARD] = self.card
        checkpoint[RANDOM] = random_states()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Compares the card, and puts the random states back.

        Raises:
            BnerError: the checkpoint is of another network or label set.
        """
        check_card(checkpoint, self.card, "the checkpoint")
        if RANDOM in checkpoint:
            set_random_states(checkpoint[RANDOM])

    def load_weights(self, path: Path) -> None:
        """Takes the weights of a checkpoint, and nothing else of it.

        Raises:
            BnerError: the file is missing, is no checkpoint of bner, or one of another network or label set.
        """
        try:
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError as error:
            raise BnerError(f"checkpoint {path.absolute()} is missing: check the path.") from error
        except Exception as error:  # torch has no one type for what can be wrong with a file
            raise BnerError(
                f"{path} is no checkpoint that can be read safely: name one that train.py wrote."
            ) from error
        check_card(checkpoint, self.card, str(path))
        try:
            self.load_state_dict(checkpoint["state_dict"])
        except (KeyError, RuntimeError) as error:
            raise BnerError(f"{path} does not hold this network's weights: name one that train.py wrote.") from error

    def _l2_of_looked_up(self, batch: LabelledInputs) -> Tensor:
        rows = torch.nn.functional.embedding(batch.words.unique(), self.network.vectors, sparse=True)
        return self.optimizer_choice.l2 / 2 * rows.square().sum()


def check_card(checkpoint: Any, card: Mapping[str, Any], name: str) -> None:
    """Compares what a checkpoint was trained for with what it is to be used for.

    Raises:
        BnerError: the first value that differs, or that there is none to compare.
    """
    found = checkpoint.get(CARD) if isinstance(checkpoint, dict) else None
    if not isinstance(found, dict):
        raise BnerError(f"{name} is no checkpoint of bner: name one that train.py wrote.")
    for key, value in card.items():
        if found.get(key) != value:
            raise BnerError(
                f"{name} was trained with {key} {_short(found.get(key))} and this run has {_short(value)}: "
                "use the corpus and the variant that it was trained with."
            )


def _array(labels: Tensor) -> npt.NDArray[np.int64]:
    return labels.cpu().numpy()


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
