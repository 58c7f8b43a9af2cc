"""Tune an encoder end to end: adapters, layer mix and linear heads, from excerpts of songs.

The linear heads are dropped afterwards: the judge's own are trained on the embeddings of the tuned
encoder, by the same recipe as on any other. A step is computed excerpt by excerpt (on a GPU a few
at a time) and its gradients are added up, so memory does not grow with the batch. A stopped run
continues after its last epoch, with the same result.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from plaudit.core.axes import AXIS
from plaudit.encoders.mert import MertEncoder
from plaudit.model.mix import LayerMix
from plaudit.training.lora.adapter import attach, dropout_on
from plaudit.training.lora.excerpt import AudioSongs
from plaudit.training.lora.settings import LoraSettings
from plaudit.training.loss import error_loss
from plaudit.training.state import (
    Tensors,
    TrainState,
    check_optimizer,
    derive_seed,
    read_checkpoint,
    resuming,
    save_checkpoint,
)


class _LinearHeads(nn.Module):
    """A layer mix and linear heads, between an encoder and the targets."""

    low: Tensor
    high: Tensor

    def __init__(self, n_layers: int, dim: int, axes: tuple[str, ...]) -> None:
        super().__init__()
        self.mix = LayerMix(n_layers)
        self.norm = nn.LayerNorm(dim)  # independent of the batch size
        self.heads = nn.Linear(dim, len(axes))
        self.register_buffer("low", torch.tensor([AXIS[a].low for a in axes]))
        self.register_buffer("high", torch.tensor([AXIS[a].high for a in axes]))
        nn.init.zeros_(self.heads.weight)  # start from the middle of the axes
        nn.init.zeros_(self.heads.bias)

    def forward(self, layer_means: Tensor) -> Tensor:
        embedding = self.norm(self.mix(layer_means))
        scores: Tensor = self.low + (self.high - self.low) * torch.sigmoid(self.heads(embedding))
        return scores


class Tuner:
    """Tunes an encoder without adapters, in place, and continues from a checkpoint file."""

    def __init__(
        self,
        encoder: MertEncoder,
        songs: AudioSongs,
        axes: tuple[str, ...],
        settings: LoraSettings,
        seed: int,
        checkpoint: Path,
    ) -> None:
        self._encoder, self._songs, self._settings = encoder, songs, settings
        self._seed, self._checkpoint = seed, checkpoint
        self._device = torch.device(encoder.device)
        lora = attach(encoder, settings, derive_seed(seed, 0))
        spec = encoder.spec
        self._heads = _LinearHeads(len(spec.layers), spec.dim, axes).to(self._device)
        spread = np.nanstd(songs.targets[songs.training].astype(np.float64), axis=0)
        scale = torch.tensor(np.where(spread > 0, spread, 1.0), dtype=torch.float32)
        self._scale = scale.to(self._device)
        self._groups = [
            (lora, settings.learning_rate),
            (list(self._heads.parameters()), settings.head_learning_rate),
        ]
        self._optimizer = torch.optim.AdamW(
            [{"params": parameters, "lr": rate} for parameters, rate in self._groups],
            weight_decay=settings.weight_decay,
        )
        self.state = TrainState()
        saved = read_checkpoint(checkpoint)
        if saved is not None:
            self.state, parts = saved
            states = (parts.get("model", {}), self.state.kept)
            with resuming(checkpoint, self._state(), *states):
                self._restore(parts["model"])
                self._optimizer.load_state_dict(parts["optimizer"])
                check_optimizer(self._optimizer)

    def run(self, on_epoch: Callable[[dict[str, Any]], None]) -> TrainState:
        """Tune to the end; the encoder then has the adapters with the lowest validation loss."""
        while self.state.epoch < self._settings.epochs:
            train = self._epoch(self.state.epoch)
            validation = self.loss(~self._songs.training)
            self.state.keep_if_best(validation, self._state())
            record = {
                "epoch": self.state.epoch,
                "train_loss": train,
                "validation_loss": validation,
            }
            self.state.history.append(record)
            parts = {"model": self._state(), "optimizer": self._optimizer.state_dict()}
            save_checkpoint(self._checkpoint, self.state, parts)
            on_epoch(record)
        self._restore(self.state.kept)
        return self.state

    @torch.no_grad()
    def loss(self, chosen: NDArray[np.bool_]) -> float:
        """Return the loss on the middle excerpts of songs, in variances of the axis, summed."""
        places = np.flatnonzero(chosen)
        predicted, targets = [], []
        for audio, target in self._pieces(places, self._songs.counts[places] // 2):
            predicted.append(self._heads(self._encoder.layer_means(audio)))
            targets.append(target)
        return float(error_loss(torch.cat(predicted), torch.cat(targets), self._scale).sum())

    def _epoch(self, epoch: int) -> float:
        """Go once over the training songs, an excerpt of each, and return the mean loss."""
        settings, songs = self._settings, self._songs
        rng = np.random.default_rng([self._seed, epoch])
        order = rng.permutation(np.flatnonzero(songs.training))
        excerpts = rng.integers(0, songs.counts[order])
        n_steps = -(-len(order) // settings.batch)
        losses = []
        dropout_on(self._encoder, True)
        with torch.random.fork_rng(devices=_cuda(self._device)):
            torch.manual_seed(derive_seed(self._seed, 1, epoch))
            batches = np.array_split(np.arange(len(order)), n_steps)
            for step, batch in enumerate(batches):
                self._set_rate((epoch * n_steps + step) / (settings.epochs * n_steps))
                losses.append(self._step(order[batch], excerpts[batch]))
        dropout_on(self._encoder, False)
        return float(np.mean(losses))

    def _step(self, places: NDArray[np.int64], excerpts: NDArray[np.int64]) -> float:
        counts = (~np.isnan(self._songs.targets[places])).sum(axis=0)
        share = torch.tensor(1.0 / np.maximum(counts, 1), dtype=torch.float32)
        share = share.to(self._device)
        self._optimizer.zero_grad()
        total = 0.0
        for audio, target in self._pieces(places, excerpts):
            predicted = self._heads(self._encoder.layer_means(audio))
            known = ~torch.isnan(target)
            error = (predicted - torch.where(known, target, predicted.detach())) / self._scale
            loss = (error.square() * share).sum()
            loss.backward()
            total += float(loss.detach())
        parameters = [p for group, _ in self._groups for p in group]
        nn.utils.clip_grad_norm_(parameters, self._settings.clip)
        self._optimizer.step()
        return total

    def _pieces(
        self, places: NDArray[np.int64], excerpts: NDArray[np.int64]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield excerpts (n, n_samples) and targets (n, n_axes), as many as suit the device."""
        size = self._encoder.batch_size
        read = self._songs.read(places, excerpts)
        for low in range(0, len(places), size):
            here = places[low : low + size]
            audio = torch.tensor(np.stack([next(read) for _ in here]), device=self._device)
            yield audio, torch.from_numpy(self._songs.targets[here]).to(self._device)
        next(read, None)  # lets the reader close

    def _set_rate(self, done: float) -> None:
        """Follow half a cosine from the learning rates to zero."""
        for group, (_, rate) in zip(self._optimizer.param_groups, self._groups, strict=True):
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * done))

    def _state(self) -> Tensors:
        named = self._encoder.network.named_parameters()
        lora = {f"encoder.{n}": p.detach().cpu().clone() for n, p in named if p.requires_grad}
        heads = {
            f"guide.{n}": v.detach().cpu().clone() for n, v in self._heads.state_dict().items()
        }
        return lora | heads

    def _restore(self, state: Tensors) -> None:
        lora = dict(self._encoder.network.named_parameters())
        with torch.no_grad():
            for name, value in state.items():
                part, _, rest = name.partition(".")
                if part == "encoder":
                    lora[rest].copy_(value)
        heads = {n.removeprefix("guide."): v for n, v in state.items() if n.startswith("guide.")}
        self._heads.load_state_dict(heads)


def _cuda(device: torch.device) -> list[torch.device]:
    return [device] if device.type == "cuda" else []
