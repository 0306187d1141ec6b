"""Training of a language model of one direction over encoded text, which can be stopped and resumed at any checkpoint.

Each update reads sentences of similar length, of about as many tokens. Which ones, the words of the sampled softmax and
what dropout drops follow from the seed and the number of the update alone, so that a resumed training gives the same
weights as one that was not stopped, on the same machine with as many threads. With a limit of time the learning rate,
and so the result, depends on the machine's speed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from bner.data.batching import make_batch
from bner.errors import BnerError
from bner.model.batch import Batch
from bner.model.language_model import LanguageModel, WordSoftmax, backwards, predicted_words
from bner.pretraining.encoded_text import EncodedText
from bner.pretraining.token_batches import token_batches
from bner.runtime.files import written_whole

_MOST_SEED = 2**63
_WARM_UP = 100  # updates in which the learning rate rises
_EVALUATION_TOKENS = 4096


@dataclass(frozen=True)
class LMOptions:
    """Options of the training of a language model.

    Attributes:
        direction: `forward` or `backward`.
        hidden_size, layers, dropout: see `bner.model.language_model`.
        epochs: passes over the text.
        max_minutes: training ends after so many minutes; None: after the epochs.
        batch_tokens: tokens of an update.
        negatives: words drawn for the sampled softmax of an update.
        min_count: rarer words are predicted as one.
        held_out: sentences on which perplexity is measured.
        lr: of Adam; it rises over the first 100 updates and then falls linearly to 0.
        softmax_lr: of Adagrad, for the vectors of predicted words, whose gradients are sparse; it falls likewise.
        clip_norm: the norm to which gradients are clipped.
        precision: `bf16`, products in 16 bits, or `fp32`.
        seed: of all that is random.
    """

    direction: str
    hidden_size: int = 512
    layers: int = 1
    dropout: float = 0.1
    epochs: int = 2
    max_minutes: float | None = None
    batch_tokens: int = 8192
    negatives: int = 2048
    min_count: int = 5
    held_out: int = 1000
    lr: float = 2e-3
    softmax_lr: float = 0.02
    clip_norm: float = 1.0
    precision: str = "bf16"
    seed: int = 1


@dataclass(frozen=True)
class LMProgress:
    """Progress of training: the last update, the share that is done, tokens and loss since the last call."""

    step: int
    done: float
    tokens: int
    loss: float


class LMTraining:
    """A language model in training."""

    def __init__(self, options: LMOptions, text: EncodedText, device: torch.device) -> None:
        torch.manual_seed(options.seed)
        self.options, self.text, self.device = options, text, device
        inputs = text.inputs
        self.model = LanguageModel(inputs.vectors, inputs.num_characters, inputs.sizes, options.dropout).to(device)
        self.softmax = WordSoftmax(text.counts, text.vectors, inputs.sizes.hidden_size).to(device)
        sparse = [*self.softmax.vectors.parameters(), *self.softmax.bias.parameters()]
        self._dense = [*self.model.parameters(), *self.softmax.project.parameters()]
        self.optimizers = {
            "adam": torch.optim.Adam(self._dense, options.lr),
            "adagrad": torch.optim.Adagrad(sparse, options.softmax_lr),
        }
        self.step = 0
        self.seconds = 0.0
        self.epoch = -1
        self._batches: list[Tensor] = []
        self.steps = options.epochs * len(self._order(0))

    @property
    def done(self) -> float:
        """The share of training that is done, by updates or by time, whichever is more."""
        limit = self.options.max_minutes
        return min(1.0, max(self.step / self.steps, self.seconds / (60 * limit) if limit else 0.0))

    def train(self, after: Callable[[LMProgress], None]) -> None:
        """Train to the end, and call `after` after each update."""
        while self.done < 1:
            began = time.perf_counter()
            tokens, loss = self._update()
            self.step += 1
            self.seconds += time.perf_counter() - began
            after(LMProgress(self.step, self.done, tokens, loss))

    def _update(self) -> tuple[int, float]:
        epoch, number = divmod(self.step, self.steps // self.options.epochs)
        if epoch != self.epoch:
            self.epoch, self._batches = epoch, self._order(epoch)
        random = (self.options.seed * 1_000_003 + self.step) % _MOST_SEED
        torch.manual_seed(random)
        generator = torch.Generator(self.device).manual_seed(random)
        rate = (1 - self.done) * min(1.0, (self.step + 1) / _WARM_UP)
        for optimizer, full in zip(self.optimizers.values(), (self.options.lr, self.options.softmax_lr), strict=True):
            optimizer.param_groups[0]["lr"] = full * rate
            optimizer.zero_grad()
        batch = self._batch(make_batch(self.text.train, self.text.forms, self._batches[number]))
        where, words = predicted_words(batch)
        self.model.train()
        with self._precision():
            states = self.model(batch)[-1][where]
            sample = self.softmax.sample(self.options.negatives, generator)
            loss = self.softmax.loss(states, words[where], sample).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._dense, self.options.clip_norm)
        for optimizer in self.optimizers.values():
            optimizer.step()
        return batch.num_tokens, float(loss.detach())

    @torch.no_grad()
    def perplexity(self) -> float:
        """Compute the perplexity on the text that is held out, over all words, ends of sentences included."""
        self.model.eval()
        total, count = 0.0, 0
        held_out = self.text.held_out
        for sentences in token_batches(held_out.lengths, _EVALUATION_TOKENS, torch.arange(len(held_out))):
            batch = self._batch(make_batch(held_out, self.text.forms, sentences))
            where, words = predicted_words(batch)
            with self._precision():
                losses = self.softmax.exact(self.model(batch)[-1][where], words[where])
            total += float(losses.double().sum())
            count += len(losses)
        return math.exp(total / count)

    def _batch(self, batch: Batch) -> Batch:
        batch = batch.to(self.device)
        return backwards(batch) if self.options.direction == "backward" else batch

    def _precision(self) -> AbstractContextManager[None]:
        enabled = self.options.precision == "bf16"
        context: AbstractContextManager[None] = torch.autocast(self.device.type, torch.bfloat16, enabled)
        return context

    def _order(self, epoch: int) -> list[Tensor]:
        """Return the batches of an epoch; every epoch has as many as the first one."""
        generator = torch.Generator().manual_seed(self.options.seed * 1_000_003 + epoch)
        lengths = self.text.train.lengths
        batches = token_batches(lengths, self.options.batch_tokens, torch.randperm(len(lengths), generator=generator))
        order = torch.randperm(len(batches), generator=generator).tolist()
        if epoch and (wanted := self.steps // self.options.epochs) > len(order):
            order += order[: wanted - len(order)]
        return [batches[number] for number in order]

    def _tensors(self) -> dict[str, Tensor]:
        """Return all that training changes, by name."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"softmax.{name}": value for name, value in self.softmax.state_dict().items()}
        for kind, optimizer in self.optimizers.items():
            for number, state in optimizer.state_dict()["state"].items():
                tensors |= {f"{kind}.{number}.{name}": value for name, value in state.items()}
        return tensors

    def save_checkpoint(self, path: Path) -> None:
        """Write weights, the optimizers' states, update and seconds, atomically.

        Raises:
            BnerError: the file cannot be written.
        """
        tensors = {name: value.detach().cpu().contiguous() for name, value in self._tensors().items()}
        with written_whole(path) as temporary:
            temporary.write_bytes(save(tensors, {"step": str(self.step), "seconds": repr(self.seconds)}))

    def load_checkpoint(self, path: Path) -> None:
        """Resume from a checkpoint of a training on the same text.

        Raises:
            BnerError: the file is broken, or of another text.
        """
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            for prefix, module in (("model.", self.model), ("softmax.", self.softmax)):
                own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
                module.load_state_dict(own)
            for kind, optimizer in self.optimizers.items():
                states: dict[int, dict[str, Tensor]] = {}
                for key, value in tensors.items():
                    if key.startswith(f"{kind}."):
                        _, number, name = key.split(".")
                        states.setdefault(int(number), {})[name] = value
                optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
            self.step, self.seconds = int(metadata["step"]), float(metadata["seconds"])
        except (OSError, SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise BnerError(
                f"{path} is a broken checkpoint, or one of another text ({reason}): remove it to start training again."
            ) from error
