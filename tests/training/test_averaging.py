"""Averages of weights: against averages by hand, scored and kept at each epoch's end, and resumed exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader

from bner.errors import SettingError
from bner.training.averaging import EMAConfig, NoAveragingConfig, SWAConfig

BATCHES = 3


class Small(LightningModule):
    """A table with sparse gradients, a layer, a frozen buffer; it notes the weights after each update and at dev."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.table = torch.nn.Embedding(5, 2, sparse=True)
        self.layer = torch.nn.Linear(2, 1)
        self.register_buffer("frozen", torch.randn(1000), persistent=False)
        self.updates: list[torch.Tensor] = []
        self.scored: list[torch.Tensor] = []

    def flat(self) -> torch.Tensor:
        return torch.cat([parameter.detach().flatten() for parameter in self.parameters()])

    def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
        return (self.layer(self.table(batch)) - 1).square().mean()

    def on_train_batch_end(self, *_: Any) -> None:
        self.updates.append(self.flat())

    def validation_step(self, *_: Any) -> None:
        self.scored.append(self.flat())

    def configure_optimizers(self) -> Any:
        return torch.optim.Adagrad(self.parameters(), lr=0.3)


def trained(config: Any, folder: Path, epochs: int, resume: Path | None = None) -> Small:
    module = Small()
    batches = [torch.tensor(each) for each in ([0, 1], [1, 2], [3, 3])]
    trainer = Trainer(
        accelerator="cpu", max_epochs=epochs, logger=False, enable_progress_bar=False, enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[config.build(), ModelCheckpoint(folder, "{epoch}", save_top_k=-1, save_on_train_epoch_end=True)],
    )  # fmt: skip
    loaders = DataLoader(batches, batch_size=None), DataLoader([0], batch_size=None)
    trainer.fit(module, *loaders, ckpt_path=resume, weights_only=True)
    return module


def averages(config: Any, updates: list[torch.Tensor]) -> list[torch.Tensor]:
    """The average at each epoch's end, by hand."""
    found = []
    for epoch in range(len(updates) // BATCHES):
        end = (epoch + 1) * BATCHES
        if epoch < config.start:
            found.append(updates[end - 1])
        elif isinstance(config, SWAConfig):
            found.append(torch.stack(updates[(config.start + 1) * BATCHES - 1 : end : BATCHES]).mean(0))
        else:
            average, *rest = updates[config.start * BATCHES : end]
            for weights in rest:
                average = config.decay * average + (1 - config.decay) * weights
            found.append(average)
    return found


def of(state: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([state[name].flatten() for name in ("table.weight", "layer.weight", "layer.bias")])


@pytest.mark.parametrize("config", [EMAConfig("ema", 0.8), EMAConfig("ema", 0.9, start=2), SWAConfig("swa", 1)])
def test_what_is_scored_and_kept_is_the_average(config: Any, tmp_path: Path) -> None:
    module = trained(config, tmp_path, 4)
    expected = averages(config, module.updates)
    for epoch, average in enumerate(expected):
        torch.testing.assert_close(module.scored[epoch], average)
        kept = torch.load(tmp_path / f"epoch={epoch}.ckpt", weights_only=True)
        assert torch.equal(of(kept["state_dict"]), module.scored[epoch])
        assert torch.equal(of(kept["current_model_state"]), module.updates[(epoch + 1) * BATCHES - 1])
        assert not any("frozen" in name for name in kept["averaging_state"])
    assert not torch.equal(expected[-1], module.updates[-1])


@pytest.mark.parametrize("config", [EMAConfig("ema", 0.8, start=1), SWAConfig("swa", 1)])
@pytest.mark.parametrize("stopped_after", [1, 2])
def test_a_resumed_training_is_the_same(config: Any, stopped_after: int, tmp_path: Path) -> None:
    whole = trained(config, tmp_path / "whole", 4)
    trained(config, tmp_path / "part", stopped_after)
    rest = trained(config, tmp_path / "part", 4, tmp_path / "part" / f"epoch={stopped_after - 1}.ckpt")
    for one, other in zip(whole.updates[stopped_after * BATCHES :], rest.updates, strict=True):
        assert torch.equal(one, other)
    for one, other in zip(whole.scored[stopped_after:], rest.scored, strict=True):
        assert torch.equal(one, other)
    names = [tmp_path / part / "epoch=3.ckpt" for part in ("whole", "part")]
    one, other = (torch.load(name, weights_only=True) for name in names)
    for key in ("state_dict", "current_model_state", "averaging_state"):
        assert all(torch.equal(value, other[key][name]) for name, value in one[key].items())


def test_without_and_with_values_that_cannot_be() -> None:
    assert NoAveragingConfig("none").build() is None
    for config, settings, key in ((EMAConfig, {"decay": 1.0}, "decay"), (SWAConfig, {"start": -1}, "start")):
        with pytest.raises(SettingError) as error:
            config("name", **settings)
        assert error.value.key == key
