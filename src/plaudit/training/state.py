"""State of a run on disk: one checkpoint per epoch, whole or not at all, read without running code.

It holds weights, optimiser, schedule and history. It holds no random generators: every epoch seeds
its own from run, epoch and process.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from plaudit.core.file import write_atomic
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.weights import check_fit, read_pickle

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
    try:
        parts = dict(content)  # type: ignore[call-overload]
        state = TrainState(**parts.pop("progress"))
        counts = (state.epoch, state.kept_epoch, state.stale, state.averaged)
        if not all(isinstance(n, int) and n >= 0 for n in counts):
            raise ValueError("a count is none")
        return state, parts
    except (TypeError, ValueError, KeyError) as error:
        raise _damaged(path) from error


@contextmanager
def resuming(
    path: Path, expected: Mapping[str, Tensor], *states: Mapping[str, Tensor]
) -> Iterator[None]:
    """Check the weights of a checkpoint, and say so where another part of it does not fit.

    Raises
    ------
    WeightsError
        It is damaged or of another run; the sentence names the file.
    """
    try:
        for state in states:
            if state:
                check_fit(expected, state, str(path))
        yield
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, WeightsError):
            raise
        raise _damaged(path) from error


def check_optimizer(optimizer: torch.optim.Optimizer) -> None:
    """Raise ValueError if the state of an optimiser, just loaded, is not that of its parameters."""
    for parameter, state in optimizer.state.items():
        for value in state.values():
            moment = isinstance(value, Tensor) and value.dim() > 0
            if moment and (value.shape != parameter.shape or not torch.isfinite(value).all()):
                raise ValueError("a moment does not fit its parameter")


def _damaged(path: Path) -> WeightsError:
    return WeightsError(
        f"{path} is damaged, or of another run; remove it to train this part from its beginning."
    )


def save_network(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write the tensors of a finished network."""
    write_atomic(path, save({name: value.cpu().contiguous() for name, value in tensors.items()}))


def derive_seed(*parts: int) -> int:
    """Return a seed that depends on all parts, such as run, epoch and process."""
    return int(np.random.SeedSequence(list(parts)).generate_state(1)[0])
