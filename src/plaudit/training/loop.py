"""The loop: one network trained, epoch by epoch, the same every time and after any crash.

AdamW, a cosine schedule by epoch, a clipped gradient, early stopping on the total validation loss
(APEX). The order of songs comes from a generator seeded by run and epoch, dropout and noise from
torch's, seeded likewise inside ``fork_rng``; so an epoch depends on the state before it alone, and
a run that goes on from its checkpoint ends with the bytes of one that was never stopped.
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
from plaudit.model.heads import HeadOutput
from plaudit.training.batches import Feed, Places
from plaudit.training.loss import adapt_weights, add_up, axis_losses
from plaudit.training.settings import TrainSettings
from plaudit.training.state import Progress, Tensors, read_checkpoint, save_checkpoint, seed_of
from plaudit.training.trainee import Batch, Trainee, make_recipe

Tell = Callable[[dict[str, Any], Progress], None]


class DivergedError(PlauditError, ArithmeticError):
    """A loss became infinite or nan."""


def make_trainee(settings: TrainSettings, feed: Feed, seed: int) -> Trainee:
    """Return an untrained network; the seed decides its weights and nothing else is touched.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    feed : Feed
        Gives axes, dimension and scale.
    seed : int
        Seed of the initial weights.

    Returns
    -------
    Trainee
        On the CPU.
    """
    spec = feed.data.spec
    recipe = make_recipe(settings, feed.data.axes, spec.dim, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Trainee(settings, recipe, len(spec.layers), feed.scale(settings.targets))


def member_seed(seed: int, member: int) -> int:
    """Return the seed of a network of an ensemble; that of the first is the run's own."""
    return seed if member == 0 else seed_of(seed, member)


class Loop:
    """Training of one network.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    feed : Feed
        Songs.
    accelerator : accelerate.Accelerator
        Devices and processes.
    member : int
        Which network of the ensemble, from 0; the first has the seed of the run.
    checkpoint : Path
        File of its state; training goes on from it if it is there.
    """

    def __init__(
        self, settings: TrainSettings, feed: Feed, accelerator: Any, member: int, checkpoint: Path
    ) -> None:
        self.settings, self.feed, self._member = settings, feed, member
        self.seed = member_seed(settings.seed, member)
        self._accelerator, self._checkpoint = accelerator, checkpoint
        self.trainee = make_trainee(settings, feed, self.seed)
        self._twin = make_trainee(settings, feed, self.seed).to(accelerator.device)
        optimizer = torch.optim.AdamW(self._groups(), lr=settings.learning_rate)
        self._wrapped, self._optimizer = accelerator.prepare(self.trainee, optimizer)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
        self.progress = Progress()
        self._resume()

    def run(self, tell: Tell) -> Progress:
        """Train until the last epoch, or until patience ends.

        Parameters
        ----------
        tell : callable
            Takes the record of each epoch and the progress, after its checkpoint is on disk; called
            in the main process only.

        Returns
        -------
        Progress
            Its ``kept`` is the state of the best epoch.

        Raises
        ------
        DivergedError
            The loss is no number any more.
        """
        progress = self.progress
        while progress.epoch < self.settings.epochs and progress.stale < self.settings.patience:
            began = time.monotonic()
            rate = float(self._schedule.get_last_lr()[0])
            learned = self._learn(progress.epoch)
            if self._accelerator.is_main_process:
                said = self._validate()
                total = self._total(said)
                progress.keep_if_best(total, self._best_so_far())
                record = self._record(learned, said, total, rate)
                record["seconds"] = round(time.monotonic() - began, 3)
                progress.history.append(record)
            else:
                progress.epoch += 1
            self._agree(progress)
            self._schedule.step()
            if self._accelerator.is_main_process:
                self._save()
                tell(record, progress)
        return progress

    def _groups(self) -> list[dict[str, Any]]:
        """Return what is learned and how fast; weights that sum things up are not decayed."""
        settings, trainee = self.settings, self.trainee
        apart = {"mix_logits", "network.mix.weight", "network.mix.bias"}
        named = {n: p for n, p in trainee.named_parameters() if p.requires_grad}
        groups: list[dict[str, Any]] = [
            {
                "params": [p for n, p in named.items() if n not in apart],
                "weight_decay": settings.weight_decay,
            },
        ]
        mixing = [p for n, p in named.items() if n in apart]
        if mixing:
            groups.append({"params": mixing, "weight_decay": 0.0})
        return groups

    def _learn(self, epoch: int) -> float:
        """Run one epoch and return its mean loss."""
        settings, device = self.settings, self._accelerator.device
        part, parts = self._accelerator.process_index, self._accelerator.num_processes
        clipped = [p for p in self.trainee.parameters() if p.requires_grad]
        self._wrapped.train()
        losses = []
        rng = np.random.default_rng([self.seed, epoch])
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(seed_of(self.seed, epoch, part))
            for batch in self.feed.steps(rng, settings.batch, part, parts):
                with torch.autocast(
                    device.type, torch.bfloat16, enabled=is_mixed(settings.precision, device.type)
                ):
                    each = self._wrapped(Batch(*(tensor.to(device) for tensor in batch)))
                total = self._sum(each)
                self._optimizer.zero_grad()
                self._accelerator.backward(total)
                self._accelerator.clip_grad_norm_(clipped, settings.clip)
                self._optimizer.step()
                losses.append(total.detach())
                if settings.loss_rate is not None:
                    known = self._accelerator.reduce(each.detach(), "mean")
                    adapt_weights(self.trainee.log_sigma, known, settings.loss_rate)
                if settings.average:
                    self._average(settings.average)
        return float(torch.stack(losses).mean())

    def _sum(self, losses: Tensor) -> Tensor:
        trainee = self.trainee
        return add_up(losses, self.settings.of.loss, trainee.axes, trainee.log_sigma)

    def _average(self, decay: float) -> None:
        """Move the average towards the weights; young averages move faster."""
        state, progress = self.trainee.state_dict(), self.progress
        average, n = progress.average, progress.averaged
        if not average:
            average.update({name: value.clone() for name, value in state.items()})
        share = 1 - min(decay, (1 + n) / (10 + n))
        progress.averaged += 1
        for name, value in state.items():
            if value.is_floating_point():
                average[name].lerp_(value, share)
            else:
                average[name].copy_(value)

    def _best_so_far(self) -> Tensors:
        return self.progress.average or self.trainee.state_dict()

    @torch.no_grad()
    def _validate(self) -> Tensor:
        """Return the loss of each axis on the songs that stopping looks at."""
        self._twin.load_state_dict(self._best_so_far())
        out, target = predict(self._twin, self.feed, self.feed.stop)
        scale = self._twin.scale.to(target.device)
        return axis_losses(out, target, scale, self._twin.axes)

    def _total(self, losses: Tensor) -> float:
        log_sigma = self._twin.log_sigma.detach().to(losses.device)
        balance = self.settings.of.loss
        total = float(add_up(losses, balance, self._twin.axes, log_sigma))
        if not math.isfinite(total):
            raise DivergedError(
                f"The validation loss became {total} in epoch {self.progress.epoch + 1}; expected a"
                f" number. Lower learning_rate (now {self.settings.learning_rate:g})."
            )
        return total

    def _record(self, learned: float, said: Tensor, total: float, rate: float) -> dict[str, Any]:
        axes, settings = self.trainee.axes, self.settings
        record: dict[str, Any] = {
            "member": self._member,
            "epoch": self.progress.epoch,
            "train_loss": learned,
            "validation_loss": total,
            "validation_losses": dict(zip(axes, said.tolist(), strict=True)),
            "learning_rate": rate,
        }
        if settings.of.loss == "uncertainty":
            record["log_sigma"] = dict(zip(axes, self._twin.log_sigma.tolist(), strict=True))
        if self._twin.mix_logits is not None:
            record["mix"] = torch.softmax(self._twin.mix_logits, dim=0).tolist()
        elif settings.mix == "free":
            record["mix"] = self._twin.network.mix.weight.tolist()
        return record

    def _agree(self, progress: Progress) -> None:
        """Let every process stop when the main one does."""
        if self._accelerator.num_processes > 1:
            from accelerate.utils import broadcast_object_list

            (progress.stale,) = broadcast_object_list([progress.stale])

    def _save(self) -> None:
        parts = {
            "model": self.trainee.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        save_checkpoint(self._checkpoint, self.progress, parts)

    def _resume(self) -> None:
        found = read_checkpoint(self._checkpoint)
        if found is None:
            return
        self.progress, parts = found
        self.trainee.load_state_dict(parts["model"])
        self._optimizer.load_state_dict(parts["optimizer"])
        self._schedule.load_state_dict(parts["schedule"])
        device = self._accelerator.device
        self.progress.average = {n: v.to(device) for n, v in self.progress.average.items()}


def predict(trainee: Trainee, feed: Feed, songs: Places) -> tuple[HeadOutput, Tensor]:
    """Return what a network says of songs, and their targets.

    Parameters
    ----------
    trainee : Trainee
        Put into evaluation mode.
    feed : Feed
        Songs.
    songs : ndarray of int64
        Places of at least one song.

    Returns
    -------
    (HeadOutput, Tensor)
        Of (n_songs, n_axes), on the CPU and in float32.
    """
    trainee.eval()
    device = trainee.scale.device
    outputs, targets = [], []
    with torch.no_grad():
        for batch in feed.scored(songs):
            outputs.append(trainee.predict(Batch(*(tensor.to(device) for tensor in batch))))
            targets.append(batch.targets)
    value, *rest = (
        None if any(part is None for part in parts) else torch.cat([p.cpu() for p in parts])
        for parts in zip(*outputs, strict=True)
    )
    if value is None:
        raise AssertionError("heads always give a value")
    return HeadOutput(value, *rest), torch.cat(targets)


def make_accelerator(settings: TrainSettings) -> Any:
    """Return accelerate's view of devices and processes; mixed precision is the loop's own."""
    accelerate = require("accelerate", "train", "Training")
    return accelerate.Accelerator(cpu=settings.device == "cpu", mixed_precision="no")


def is_mixed(precision: str, device_type: str) -> bool:
    """Tell whether a step computes in bfloat16.

    Parameters
    ----------
    precision : {"mixed", "full"}
        As set.
    device_type : str
        Such as "cuda". A CPU computes these small networks several times slower in bfloat16.

    Returns
    -------
    bool
        Whether autocast is on.
    """
    if precision == "full" or device_type == "cpu":
        return False
    return device_type != "cuda" or torch.cuda.is_bf16_supported()
