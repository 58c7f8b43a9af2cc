"""A training run from settings to a judge folder; a stopped run continues.

`train` is what the command runs. Members of an ensemble are trained one after the other; then the
finished network is measured, calibrated and written (`plaudit.training.completion`).
"""

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from plaudit.core.file import write_atomic
from plaudit.datasets.manifest.songs import COLUMNS, read_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.model.folder import CARD, check_judge_folder
from plaudit.training.batches import Batches, data_digest, prepare
from plaudit.training.battles import Votes
from plaudit.training.completion import complete
from plaudit.training.condition import CONDITIONS
from plaudit.training.data import GROUPS, TrainingSet, join
from plaudit.training.loop import Loop, is_mixed, make_accelerator
from plaudit.training.result import RunResult
from plaudit.training.run_folder import JUDGE, MemberSummary, RunFolder
from plaudit.training.settings import TrainSettings
from plaudit.training.state import TrainState, save_network
from plaudit.training.store_encoder import open_store_encoder


def is_main() -> bool:
    """Return whether this is the main process of those that ``accelerate launch`` started."""
    return os.environ.get("RANK", "0") == "0"


def load_data(settings: TrainSettings) -> TrainingSet:
    """Read the manifest and the store of a run, with all axes whatever the condition learns."""
    axes = max((condition.axes for condition in CONDITIONS.values()), key=len)
    names = [
        name for name in ("split", "sha256", "near_duplicate", *GROUPS, *axes) if name in COLUMNS
    ]
    manifest = read_manifest(settings.manifest, columns=names)
    return join(manifest, EmbeddingStore.open(*settings.store), axes)


def train(
    settings: TrainSettings,
    on_progress: Callable[[str], None],
    data: TrainingSet | None = None,
    votes: Votes | None = None,
) -> RunResult:
    """Train a judge, or continue; a finished run is not repeated.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    on_progress : callable
        Takes a line of progress.
    data : TrainingSet, optional
        Songs, if they are in memory already; otherwise read from the files in the settings.
    votes : Votes, optional
        Votes about the songs, for the objectives of battles.

    Returns
    -------
    RunResult
        The same after any number of crashes.

    Raises
    ------
    InputError
        Settings, manifest and store do not fit together, or the folder holds another run.
    DivergedError
        The loss is no number any more.
    """
    accelerator = make_accelerator(settings)
    data = load_data(settings) if data is None else data
    if settings.encoder is not None:
        open_store_encoder(settings.encoder, data.spec)  # fail before the training, not after it
    with ExitStack() as stack:
        folder = RunFolder(settings.out)
        if accelerator.is_main_process:
            stack.enter_context(folder)
            if settings.encoder is not None:
                check_judge_folder(settings.out / JUDGE)
            folder.begin(settings, data_digest(data, votes))
        accelerator.wait_for_everyone()
        done = folder.result()
        if done is not None and (
            settings.encoder is None or (settings.out / JUDGE / CARD).is_file()
        ):
            on_progress(f"{settings.out} is finished; nothing was trained again.")
            return done
        batches = prepare(settings, data, votes)
        if data.left_out:
            on_progress(
                f"{data.left_out} songs of the manifest are not in the store and are left out."
            )
        if data.copies:
            on_progress(
                f"{data.copies} songs of the manifest are left out: each is the recording of a song"
                " in a later split (train, validation, test)."
            )
        on_progress(
            f"{len(batches.train)} training, {len(batches.validation)} validation,"
            f" {len(batches.test)} test songs; {len(batches.data.axes)} axes;"
            f" {settings.learned} on {accelerator.device}."
        )
        if batches.battles is not None:
            on_progress(batches.battles.text())
        mixed = is_mixed(settings.precision, accelerator.device.type)
        if settings.precision == "mixed" and not mixed:
            on_progress("Mixed precision needs a GPU with bfloat16; training in full precision.")
        for member in range(settings.members):
            _train_member(settings, batches, accelerator, member, folder, on_progress)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            precision = "mixed" if mixed else "full"
            complete(settings, batches, folder, str(accelerator.device), precision, on_progress)
        accelerator.wait_for_everyone()
        result = folder.result()
        if result is None:
            raise AssertionError("the main process wrote the result")
        return result


def _train_member(
    settings: TrainSettings,
    batches: Batches,
    accelerator: Any,
    member: int,
    folder: RunFolder,
    on_progress: Callable[[str], None],
) -> None:
    """Train one network to its end and write it, unless that was done before."""
    if folder.summary(member).is_file():
        return
    main = accelerator.is_main_process
    loop = Loop(settings, batches, accelerator, member, folder.checkpoint(member))
    before = [r for k in range(member) for r in folder.read_summary(k).log]
    if main:
        folder.write_log([*before, *loop.state.history])
        folder.open_events(member, loop.state.epoch)
    if loop.state.epoch:
        on_progress(f"Going on after epoch {loop.state.epoch}.")
    every = max(1, settings.epochs // 10)

    def on_epoch(record: dict[str, Any], state: TrainState) -> None:
        folder.add_to_log(record)
        epoch = record["epoch"]
        last = state.stale >= settings.patience or epoch == settings.epochs
        if epoch % every == 0 or epoch == 1 or last:
            of = f" of member {member + 1}" if settings.members > 1 else ""
            best = f"best in epoch {state.kept_epoch}" if state.kept_epoch else "from battles"
            on_progress(
                f"epoch {epoch}{of}: training loss {record['train_loss']:.4g}, validation loss"
                f" {record['validation_loss']:.4g}, {best}"
            )

    state = loop.run(on_epoch)
    if main:
        save_network(folder.network(member), state.kept)
        summary = MemberSummary(
            epochs=state.epoch,
            best_epoch=state.kept_epoch,
            validation_loss=state.kept_loss,
            log=state.history,
        )
        write_atomic(folder.summary(member), json.dumps(summary.model_dump()) + "\n")
        folder.checkpoint(member).unlink(missing_ok=True)
    accelerator.free_memory()
    accelerator.wait_for_everyone()
