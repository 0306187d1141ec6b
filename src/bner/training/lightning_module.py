"""The LightningModule: loss, optimizer and dev score around the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics import Metric

from bner.corpora.sentence import Sentence
from bner.data.vocabulary import Vocabulary
from bner.errors import BnerError
from bner.inference.predictor import Predictor
from bner.model.batch import Batch
from bner.model.network import Tagger
from bner.model.word_dropout import drop_words
from bner.training.checkpoints import CARD, RANDOM_STATES, check_card, read_checkpoint
from bner.training.optimizers import OptimizerConfig
from bner.training.random_states import random_states, set_random_states


class ScheduleConfig(Protocol):
    """Settings that build a learning-rate schedule, see schedules.py."""

    def build(self, optimizer: Optimizer, updates: int) -> LRScheduler | None:
        """Build the schedule over all updates of a training, None for a constant rate."""


@dataclass(frozen=True)
class Optimization:
    """The optimizer and the schedule of its learning rate."""

    optimizer: OptimizerConfig
    schedule: ScheduleConfig


class TaggerModule(LightningModule):
    """A network in training.

    Args:
        network: the network.
        vocabulary: the numbers that it reads and writes.
        dev_score: a metric over predicted and gold spans that gives `precision`, `recall` and `f1`.
        optimization: optimizer and schedule.
        card: plain values that describe the network; written into checkpoints, and compared when one is read.
        word_dropout: probability that a training token has UNKNOWN's word vector.
    """

    def __init__(
        self,
        network: Tagger,
        vocabulary: Vocabulary,
        dev_score: Metric,
        optimization: Optimization,
        card: Mapping[str, Any],
        word_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.network = network
        self.vocabulary = vocabulary
        self.dev_score = dev_score
        self.optimization = optimization
        self.card = dict(card)
        self.word_dropout = word_dropout
        self.losses = torch.zeros(2)  # of the epoch so far: the sum over its sentences, and their number
        self.predictor: Predictor | None = None  # of the dev sentences, during validation

    def on_train_epoch_start(self) -> None:
        """Reset the epoch's sum of losses; Lightning's logging at every step costs about a millisecond each time."""
        self.losses = torch.zeros(2, device=self.device)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the mean over sentences of -log P(gold labels)."""
        batch = drop_words(batch, self.word_dropout)
        losses = self.network.loss(batch, batch.labels)
        loss = losses.mean() * batch.share
        l2 = self.optimization.optimizer.l2_of_looked_up
        for rows in self.network.encoder.words.parameters_of(batch.words.unique()) if l2 else ():
            loss = loss + l2 / 2 * rows.square().sum()
        self.losses += torch.stack([losses.detach().sum(), torch.ones_like(losses).sum()])
        return loss

    def on_validation_epoch_start(self) -> None:
        """Log the mean loss of the epoch that has just been trained, and make a predictor of the new weights."""
        total, sentences = self.losses
        self.log("train/loss", total / sentences, sync_dist=True)
        self.predictor = Predictor(self.network, self.vocabulary)

    def validation_step(self, sentences: Sequence[Sentence], _: int) -> None:
        """Predict dev sentences and add them to the dev score."""
        if self.predictor is None:
            self.predictor = Predictor(self.network, self.vocabulary)
        predicted = list(self.predictor.predict(sentence.tokens for sentence in sentences))
        # A token has one label, so that the gold mentions are those that a tagger can find.
        labels = self.vocabulary.labels
        gold = [labels.decode(labels.encode(len(each.tokens), each.mentions)) for each in sentences]
        self.dev_score.update(predicted, gold)

    def on_validation_epoch_end(self) -> None:
        """Log strict precision, recall and F1 on dev, as fractions."""
        self.predictor = None
        scores = {f"dev/{name}": torch.tensor(value) for name, value in self.dev_score.compute().items()}
        self.dev_score.reset()
        f1 = scores.pop("dev/f1")
        self.log("dev/f1", f1, prog_bar=True, sync_dist=True)
        self.log_dict(scores, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """Build the optimizer and the schedule of its learning rate, which is updated with the weights."""
        optimizer = self.optimization.optimizer.build(self.network)
        schedule = self.optimization.schedule.build(optimizer, int(self.trainer.estimated_stepping_batches))
        if schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Write the card and the random states."""
        checkpoint[CARD] = self.card
        checkpoint[RANDOM_STATES] = random_states()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Compare the card, and restore the random states.

        Raises:
            BnerError: the checkpoint is of another network or label set.
        """
        check_card(checkpoint, self.card, "the checkpoint")
        if RANDOM_STATES in checkpoint:
            set_random_states(checkpoint[RANDOM_STATES])

    def load_weights(self, path: Path) -> None:
        """Load the weights of a checkpoint, and nothing else of it.

        Raises:
            BnerError: the file is missing, is no checkpoint of bner, or one of another network or label set.
        """
        checkpoint = read_checkpoint(path)
        check_card(checkpoint, self.card, str(path))
        try:
            self.load_state_dict(checkpoint["state_dict"])
        except (KeyError, RuntimeError) as error:
            raise BnerError(f"{path} does not hold this network's weights: name one that train.py wrote.") from error
