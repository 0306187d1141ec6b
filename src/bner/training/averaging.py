"""Averages of weights over training as settings that build them: conf/averaging.

Dev is scored with the averaged weights, and the best checkpoint holds them; training itself goes on with its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import WeightAveraging
from torch.optim.swa_utils import get_ema_multi_avg_fn

from bner.errors import check_range


@dataclass
class NoAveragingConfig:
    """The weights as they are: conf/averaging/none.yaml."""

    name: str

    def build(self) -> Callback | None:
        """Build nothing."""
        return None


@dataclass
class EMAConfig:
    """Exponential moving average of the weights, after each update: conf/averaging/ema.yaml.

    Attributes:
        name: the average's name in runs and tables.
        decay: share of the average that an update keeps.
        start: epochs that are trained before the average begins.
    """

    name: str
    decay: float = 0.999
    start: int = 0

    def __post_init__(self) -> None:
        check_range("decay", self.decay, 0, 0.999999)
        check_range("start", self.start, 0)

    def build(self) -> Callback | None:
        """Build the callback."""
        return Averaging(self.start, each_epoch=False, multi_avg_fn=get_ema_multi_avg_fn(self.decay))


@dataclass
class SWAConfig:
    """Mean of the weights at the ends of epochs (Izmailov et al. 2018): conf/averaging/swa.yaml.

    The learning rate is the schedule's.

    Attributes:
        name: the average's name in runs and tables.
        start: epochs that are trained before the first whose end is part of the mean.
    """

    name: str
    start: int = 5

    def __post_init__(self) -> None:
        check_range("start", self.start, 0)

    def build(self) -> Callback | None:
        """Build the callback."""
        return Averaging(self.start, each_epoch=True)


class Averaging(WeightAveraging):
    """Lightning's averaging of weights, which here leaves frozen vectors alone and dev as it is until it begins.

    Args:
        start: epochs before the average begins.
        each_epoch: whether it takes the weights at each epoch's end and not after each update.
        function: arguments of torch's `AveragedModel`; none is the mean.
    """

    def __init__(self, start: int, each_epoch: bool, **function: Any) -> None:
        super().__init__(use_buffers=False, **function)
        self.start, self.each_epoch = start, each_epoch
        self._due = False

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Make the averaged network, with buffers that are the network's own: frozen vectors are neither copied."""
        self._device = trainer.strategy.root_device
        super().setup(trainer, pl_module, stage)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Share the buffers, which are on the training's device by now."""
        assert self._average_model is not None
        for ours, averaged in zip(pl_module.modules(), self._average_model.module.modules(), strict=True):
            averaged._buffers.update(ours._buffers)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Update the average, if its time has come; before validation, so that what is scored is what is kept."""
        self._due = trainer.current_epoch >= self.start and (trainer.is_last_batch or not self.each_epoch)
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)

    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        """Return whether the update that has just been made is one to take."""
        return step_idx is not None and self._due

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put the averaged weights in; before the average begins, they are the network's own."""
        if self._average_model is not None and not self._average_model.n_averaged:
            self._average_model.module.load_state_dict(pl_module.state_dict())
        super().on_validation_epoch_start(trainer, pl_module)
