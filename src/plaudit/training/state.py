"""State of a run on disk: one checkpoint per epoch, whole or not at all, read without running code.

It holds weights, optimiser, schedule and history. It holds no random generators: every epoch seeds
its own from run, epoch and process.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from plaudit.core.file import write_atomic
from plaudit.encoders.weights import read_pickle

Tensors = dict[str, Tensor]


@dataclass
class TrainState:
    """State of the training of one network.

    ``kept`` are the weights with the lowest validation loss so far, of epoch ``kept_epoch``;
    ``stale`` counts the epochs since. ``average`` is the moving average of the weights, where there
    is one, over ``averaged`` steps. ``history`` has a plain record per epoch.
    """

    epoch: int = 0
    kept: Tensors = field(default_factory=dict)
    kept_loss: float = float("inf")
    kept_epoch: int = 0
    stale: int = 0
    average: Tensors = field(default_factory=dict)
    averaged: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def keep_if_best(self, loss: float, state: Mapping[str, Tensor]) -> None:
        """Count an epoch, and keep its weights if its loss is the lowest so far."""
        self.epoch += 1
        self.stale += 1
        if loss < self.kept_loss:
            self.kept_loss, self.kept_epoch, self.stale = loss, self.epoch, 0
            self.kept = {name: value.detach().clone() for name, value in state.items()}


def save_checkpoint(path: Path, state: TrainState, parts: Mapping[str, Any]) -> None:
    """Write a checkpoint: the state, and state dicts by name (model, optimizer, schedule)."""
    content = {"progress": vars(state), **parts}
    file = io.BytesIO()
    torch.save(content, file)
    write_atomic(path, file.getvalue())


def read_checkpoint(path: Path) -> tuple[TrainState, dict[str, Any]] | None:
    """Return what `save_checkpoint` wrote, None if there is no file."""
    if not path.is_file():
        return None
    content = read_pickle(path)
    if not isinstance(content, dict):
        raise AssertionError("a checkpoint of ours is a dict")
    return TrainState(**content.pop("progress")), content


def save_network(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write the tensors of a finished network."""
    write_atomic(path, save({name: value.cpu().contiguous() for name, value in tensors.items()}))


def derive_seed(*parts: int) -> int:
    """Return a seed that depends on all parts, such as run, epoch and process."""
    return int(np.random.SeedSequence(list(parts)).generate_state(1)[0])
