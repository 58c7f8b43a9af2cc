"""The loop: one network trained, epoch by epoch; a crash changes nothing in the result.

AdamW, a cosine schedule by epoch, a clipped gradient, early stopping on the total validation loss
(APEX). The order of songs comes from a generator seeded by run and epoch, dropout and noise from
torch's, seeded likewise inside ``fork_rng``. So an epoch depends on the state before it alone, and
a run that continues from its checkpoint ends with the same bytes as one that was never stopped.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plaudit.core.errors import PlauditError
from plaudit.core.optional import require
from plaudit.training.batches import Batches
from plaudit.training.loss import adapt_weights, add_up, axis_losses, battle_loss
from plaudit.training.settings import LEARNED_MIX, TrainSettings
from plaudit.training.state import (
    Tensors,
    TrainState,
    check_optimizer,
    derive_seed,
    read_checkpoint,
    resuming,
    save_checkpoint,
)
from plaudit.training.trainee import Batch, Trainee, make_recipe

_OnEpoch = Callable[[dict[str, Any], TrainState], None]


class DivergedError(PlauditError, ArithmeticError):
    """A loss became infinite or nan."""


def make_trainee(settings: TrainSettings, batches: Batches, member: int) -> Trainee:
    """Return an untrained member (from 0) on the CPU; the global generator is not touched."""
    spec = batches.data.spec
    recipe = make_recipe(settings, batches.data.axes, spec.dim, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_member_seed(settings.seed, member))
        return Trainee(settings, recipe, len(spec.layers), batches.scale(settings.targets))


def _member_seed(seed: int, member: int) -> int:
    """Return the seed of a member; that of the first is the run's own."""
    return seed if member == 0 else derive_seed(seed, member)


class Loop:
    """Training of one member (from 0), which continues from its checkpoint file if there is one."""

    def __init__(
        self,
        settings: TrainSettings,
        batches: Batches,
        accelerator: Any,
        member: int,
        checkpoint: Path,
    ) -> None:
        self.settings, self.batches, self._member = settings, batches, member
        self.seed = _member_seed(settings.seed, member)
        self._accelerator, self._checkpoint = accelerator, checkpoint
        self.trainee = make_trainee(settings, batches, member)
        # Validation reads these weights: the averaged ones, where there is an average.
        self._validated = make_trainee(settings, batches, member).to(accelerator.device)
        optimizer = torch.optim.AdamW(self._groups(), lr=settings.learning_rate)
        self._wrapped, self._optimizer = accelerator.prepare(self.trainee, optimizer)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
        self.state = TrainState()
        self._resume()

    def run(self, on_epoch: _OnEpoch) -> TrainState:
        """Train until the last epoch or until patience ends; the main process reports epochs."""
        state = self.state
        while state.epoch < self.settings.epochs and state.stale < self.settings.patience:
            began = time.monotonic()
            rate = float(self._schedule.get_last_lr()[0])
            train_loss = self._train_epoch(state.epoch)
            if self._accelerator.is_main_process:
                losses = self._validate()
                total = self._total(losses)
                if self._keeps(state.epoch):
                    state.keep_if_best(total, self._weights())
                else:
                    state.epoch += 1
                record = self._record(train_loss, losses, total, rate)
                record["seconds"] = round(time.monotonic() - began, 3)
                state.history.append(record)
            else:
                state.epoch += 1
            self._share_patience()
            self._schedule.step()
            if self._accelerator.is_main_process:
                self._save()
                on_epoch(record, state)
        return state

    def _keeps(self, epoch: int) -> bool:
        """Return whether the weights of an epoch may be kept: not of a first stage of battles."""
        return self.settings.objective == "battles" or not self.settings.from_battles(epoch)

    def _groups(self) -> list[dict[str, Any]]:
        """Return the trained parameters; the weights of the layer mix do not decay."""
        mix = {"mix_logits", "network.mix.weight", "network.mix.bias"}
        named = {n: p for n, p in self.trainee.named_parameters() if p.requires_grad}
        rest = [p for n, p in named.items() if n not in mix]
        groups = [{"params": rest, "weight_decay": self.settings.weight_decay}]
        mixing = [p for n, p in named.items() if n in mix]
        if mixing:
            groups.append({"params": mixing, "weight_decay": 0.0})
        return groups

    def _train_epoch(self, epoch: int) -> float:
        """Run one epoch and return its mean loss."""
        settings, device = self.settings, self._accelerator.device
        part, parts = self._accelerator.process_index, self._accelerator.num_processes
        clipped = [p for p in self.trainee.parameters() if p.requires_grad]
        battles = settings.from_battles(epoch)
        steps = self.batches.battle_steps if battles else self.batches.steps
        self._wrapped.train()
        totals = []
        rng = np.random.default_rng([self.seed, epoch])
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(derive_seed(self.seed, epoch, part))
            for batch in steps(rng, settings.batch, part, parts):
                with torch.autocast(
                    device.type, torch.bfloat16, enabled=is_mixed(settings.precision, device.type)
                ):
                    losses = self._wrapped(Batch(*(tensor.to(device) for tensor in batch)))
                total = losses.sum() if battles else self._add_up(losses, self.trainee)
                self._optimizer.zero_grad()
                self._accelerator.backward(total)
                self._accelerator.clip_grad_norm_(clipped, settings.clip)
                self._optimizer.step()
                totals.append(total.detach())
                if settings.loss_rate is not None and not battles:
                    known = self._accelerator.reduce(losses.detach(), "mean")
                    adapt_weights(self.trainee.log_sigma, known, settings.loss_rate)
                if settings.average:
                    self._average(settings.average)
        return float(torch.stack(totals).mean())

    def _average(self, decay: float) -> None:
        """Move the average towards the weights; young averages move faster."""
        weights, state = self.trainee.state_dict(), self.state
        average, n = state.average, state.averaged
        if not average:
            average.update({name: value.clone() for name, value in weights.items()})
        share = 1 - min(decay, (1 + n) / (10 + n))
        state.averaged += 1
        for name, value in weights.items():
            if value.is_floating_point():
                average[name].lerp_(value, share)
            else:
                average[name].copy_(value)

    def _weights(self) -> Tensors:
        return self.state.average or self.trainee.state_dict()

    @torch.no_grad()
    def _validate(self) -> Tensor:
        """Return the loss of each axis on the songs that decide when to stop."""
        trainee = self._validated
        trainee.load_state_dict(self._weights())
        songs = self.batches.stop
        out = self.batches.predict(trainee.finished(), songs)
        if self.settings.objective == "battles" and self.batches.battles is not None:
            held = self.batches.battles.validation
            margin = torch.from_numpy(held.margins(out.value[:, 0].numpy(), songs))
            return battle_loss(margin, torch.from_numpy(held.won).double()).unsqueeze(0)
        target = torch.from_numpy(self.batches.data.targets[songs])
        return axis_losses(
            out, target, trainee.scale.cpu(), trainee.axes, error=self.settings.error
        )

    def _add_up(self, losses: Tensor, trainee: Trainee) -> Tensor:
        if self.settings.objective == "battles":
            return losses.sum()
        log_sigma = trainee.log_sigma.to(losses.device)
        return add_up(losses, self.settings.of.loss, trainee.axes, log_sigma)

    def _total(self, losses: Tensor) -> float:
        total = float(self._add_up(losses, self._validated).detach())
        if not math.isfinite(total):
            raise DivergedError(
                f"The validation loss became {total} in epoch {self.state.epoch + 1}; expected a"
                f" number. Lower learning_rate (now {self.settings.learning_rate:g})."
            )
        return total

    def _record(
        self, train_loss: float, losses: Tensor, total: float, rate: float
    ) -> dict[str, Any]:
        axes, settings, trainee = self.trainee.axes, self.settings, self._validated
        record: dict[str, Any] = {
            "member": self._member,
            "epoch": self.state.epoch,
            "train_loss": train_loss,
            "validation_loss": total,
            "validation_losses": dict(zip(axes, losses.tolist(), strict=True)),
            "learning_rate": rate,
        }
        if settings.of.loss == "uncertainty" and settings.objective != "battles":
            record["log_sigma"] = dict(zip(axes, trainee.log_sigma.tolist(), strict=True))
        if settings.mix in LEARNED_MIX:
            record["mix"] = trainee.network.mix.weight.tolist()
        return record

    def _share_patience(self) -> None:
        """Let every process stop when the main one does."""
        if self._accelerator.num_processes > 1:
            from accelerate.utils import broadcast_object_list

            (self.state.stale,) = broadcast_object_list([self.state.stale])

    def _save(self) -> None:
        parts = {
            "model": self.trainee.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        save_checkpoint(self._checkpoint, self.state, parts)

    def _resume(self) -> None:
        saved = read_checkpoint(self._checkpoint)
        if saved is None:
            return
        self.state, parts = saved
        states = (parts.get("model", {}), self.state.kept, self.state.average)
        with resuming(self._checkpoint, self.trainee.state_dict(), *states):
            self.trainee.load_state_dict(parts["model"])
            self._optimizer.load_state_dict(parts["optimizer"])
            check_optimizer(getattr(self._optimizer, "optimizer", self._optimizer))
            self._schedule.load_state_dict(parts["schedule"])
        device = self._accelerator.device
        self.state.average = {n: v.to(device) for n, v in self.state.average.items()}


def make_accelerator(settings: TrainSettings) -> Any:
    """Return accelerate's view of devices and processes; mixed precision is the loop's own."""
    accelerate = require("accelerate", "train", "Training")
    return accelerate.Accelerator(cpu=settings.device == "cpu", mixed_precision="no")


def is_mixed(precision: str, device_type: str) -> bool:
    """Return whether a step computes in bfloat16, given the setting and a type such as "cuda"."""
    # A CPU computes these small networks several times slower in bfloat16.
    if precision == "full" or device_type == "cpu":
        return False
    return device_type != "cuda" or torch.cuda.is_bf16_supported()
