"""A training run from settings to a judge folder; stopped at any moment, it goes on.

``train`` is what the command runs. Members of an ensemble are trained one after the other; then the
finished networks are measured, calibrated and written. Every file appears whole, the result last.
"""

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.file import atomic, write_atomic
from plaudit.datasets.manifest.songs import COLUMNS, read_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.encoders.weights import digest
from plaudit.model.card import Interval
from plaudit.model.folder import CARD, model_tensors
from plaudit.model.network import Network
from plaudit.training.batches import Feed, Places, prepare
from plaudit.training.calibration import bounds, fit_interval
from plaudit.training.condition import CONDITIONS
from plaudit.training.data import GROUPS, TrainingSet, join
from plaudit.training.loop import (
    Loop,
    is_mixed,
    make_accelerator,
    make_trainee,
    member_seed,
    predict,
)
from plaudit.training.publish import familiarity_of, publish
from plaudit.training.result import RESULT, RunResult, measure
from plaudit.training.run_folder import JUDGE, PREDICTIONS, RunFolder
from plaudit.training.settings import TrainSettings
from plaudit.training.state import Progress, read_network, save_network
from plaudit.training.store_encoder import open_source
from plaudit.training.trainee import Trainee, make_recipe

Floats = NDArray[np.float32]


def is_main() -> bool:
    """Tell whether this process speaks for all that ``accelerate launch`` started."""
    return os.environ.get("RANK", "0") == "0"


def load_data(settings: TrainSettings) -> TrainingSet:
    """Read the manifest and the store of a run.

    Parameters
    ----------
    settings : TrainSettings
        Names both.

    Returns
    -------
    TrainingSet
        With all seven axes, whatever the condition learns.
    """
    axes = max((condition.axes for condition in CONDITIONS.values()), key=len)
    names = [name for name in ("split", "sha256", *GROUPS, *axes) if name in COLUMNS]
    manifest = read_manifest(settings.manifest, columns=names)
    return join(manifest, EmbeddingStore.open(*settings.store), axes)


def train(
    settings: TrainSettings,
    say: Callable[[str], None],
    data: TrainingSet | None = None,
) -> RunResult:
    """Train a judge, or go on with it; a finished run is not repeated.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    say : callable
        Takes a line of progress.
    data : TrainingSet, optional
        What to learn from, if it is at hand; read from the files that the settings name otherwise.

    Returns
    -------
    RunResult
        What it ended with; the same after any number of crashes.

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
        open_source(settings.encoder, data.spec)  # better an error now than after the training
    with ExitStack() as stack:
        folder = RunFolder(settings.out)
        if accelerator.is_main_process:
            stack.enter_context(folder)
            folder.begin(settings, data.digest)
        accelerator.wait_for_everyone()
        done = folder.result()
        if done is not None and (
            settings.encoder is None or (settings.out / JUDGE / CARD).is_file()
        ):
            say(f"{settings.out} is finished; nothing was trained again.")
            return done
        feed = prepare(settings, data)
        if data.left_out:
            say(f"{data.left_out} songs of the manifest are not in the store and are left out.")
        say(
            f"{len(feed.train)} training, {len(feed.validation)} validation, {len(feed.test)} test"
            f" songs; {len(feed.data.axes)} axes; {settings.condition} on {accelerator.device}."
        )
        if settings.precision == "mixed" and not _mixed(settings, accelerator):
            say("Mixed precision needs a GPU with bfloat16; training in full precision.")
        for member in range(settings.members):
            _train_member(settings, feed, accelerator, member, folder, say)
        accelerator.wait_for_everyone()
        finished = _Finished(settings, feed, folder)
        if accelerator.is_main_process:
            _write(finished, accelerator)
        accelerator.wait_for_everyone()
        result = folder.result()
        if result is None:
            raise AssertionError("the main process wrote the result")
        return result


def _mixed(settings: TrainSettings, accelerator: Any) -> bool:
    return is_mixed(settings.precision, accelerator.device.type)


def _train_member(
    settings: TrainSettings,
    feed: Feed,
    accelerator: Any,
    member: int,
    folder: RunFolder,
    say: Callable[[str], None],
) -> None:
    """Train one network to its end and write it, unless that was done before."""
    if folder.summary(member).is_file():
        return
    main = accelerator.is_main_process
    loop = Loop(settings, feed, accelerator, member, folder.checkpoint(member))
    before = [r for k in range(member) for r in json.loads(folder.summary(k).read_text())["log"]]
    if main:
        folder.write_log([*before, *loop.progress.history])
        folder.open_events(member, loop.progress.epoch)
    if loop.progress.epoch:
        say(f"Going on after epoch {loop.progress.epoch}.")
    each = max(1, settings.epochs // 10)

    def tell(record: dict[str, Any], progress: Progress) -> None:
        folder.add_to_log(record)
        epoch = record["epoch"]
        last = progress.stale >= settings.patience or epoch == settings.epochs
        if epoch % each == 0 or epoch == 1 or last:
            of = f" of member {member + 1}" if settings.members > 1 else ""
            say(
                f"epoch {epoch}{of}: training loss {record['train_loss']:.4g}, validation loss"
                f" {record['validation_loss']:.4g}, best in epoch {progress.kept_epoch}"
            )

    progress = loop.run(tell)
    if main:
        save_network(folder.network(member), progress.kept)
        told = {
            "epochs": progress.epoch,
            "best_epoch": progress.kept_epoch,
            "validation_loss": progress.kept_loss,
            "log": progress.history,
        }
        write_atomic(folder.summary(member), json.dumps(told) + "\n")
        folder.checkpoint(member).unlink(missing_ok=True)
    accelerator.free_memory()
    accelerator.wait_for_everyone()


class _Finished:
    """The trained members of a run, put together."""

    def __init__(self, settings: TrainSettings, feed: Feed, folder: RunFolder) -> None:
        self.settings, self.feed, self.folder = settings, feed, folder
        self.members: list[Trainee] = []
        for member in range(settings.members):
            trainee = make_trainee(settings, feed, member_seed(settings.seed, member))
            trainee.load_state_dict(read_network(folder.network(member)))
            self.members.append(trainee)
        data = feed.data
        self.recipe = make_recipe(
            settings, data.axes, data.spec.dim, settings.members
        ).model_copy(update={"segment": data.segment})  # fmt: skip
        self.network = self._network()

    def _network(self) -> Network:
        parts = [trainee.finished() for trainee in self.members]
        if len(parts) == 1:
            return parts[0]
        whole = Network(self.recipe, len(self.feed.data.spec.layers))
        for place, part in zip(whole.members or (), parts, strict=True):
            place.load_state_dict(part.state_dict())
        return whole.eval().requires_grad_(False)

    def predict(self, songs: Places) -> tuple[Floats, Floats | None]:
        """Return scores (n_songs, n_axes) and their spread, as the judge's network gives them."""
        n_axes = len(self.feed.data.axes)
        if not len(songs):
            return np.empty((0, n_axes), np.float32), None
        said = [predict(trainee, self.feed, songs)[0] for trainee in self.members]
        value = torch.stack([out.value for out in said])
        own = [out.spread.square() for out in said if out.spread is not None]
        variance = torch.stack(own).mean(dim=0) if own else torch.zeros_like(value[0])
        if len(said) > 1:
            variance = variance + value.var(dim=0)
        spread = variance.sqrt().numpy() if own or len(said) > 1 else None
        return value.mean(dim=0).numpy(), spread

    def distance(self, songs: Places) -> NDArray[np.float64]:
        """Return how far from the middle songs lie, as the judge measures it."""
        found = []
        with torch.no_grad():
            for batch in self.feed.scored(songs):
                each = [_song_embedding(trainee, batch) for trainee in self.members]
                found.append(torch.stack(each).mean(dim=0).double().square().mean(dim=1).sqrt())
        return torch.cat(found).numpy()


def _song_embedding(trainee: Trainee, batch: Any) -> torch.Tensor:
    embeddings = trainee.embed(batch)
    if trainee.network.level == "song":
        return embeddings
    empty = torch.zeros(len(batch.targets), embeddings.shape[1])
    return empty.index_add(0, batch.song, batch.prior.unsqueeze(1) * embeddings)


def _write(run: _Finished, accelerator: Any) -> None:
    """Measure, calibrate and write what a run ended with; the result goes last."""
    settings, feed = run.settings, run.feed
    axes, targets = feed.data.axes, feed.data.targets
    splits = {"validation": feed.validation, "test": feed.test}
    said = {name: run.predict(songs) for name, songs in splits.items() if len(songs)}
    interval: Interval | None = None
    if settings.interval != "none":
        scores, spread = run.predict(feed.calibrate)
        interval = fit_interval(
            scores,
            targets[feed.calibrate],
            axes,
            settings.coverage,
            spread=spread if settings.interval == "spread" else None,
            abstain_above=settings.abstain_above,
        )
    _write_predictions(run, {name: (splits[name], *both) for name, both in said.items()}, interval)
    if settings.encoder is not None:
        measured = feed.data.spec.kind == "measured"
        publish(
            settings.out / JUDGE,
            settings,
            feed,
            run.network,
            run.recipe,
            open_source(settings.encoder, feed.data.spec),
            {name: scores for name, (scores, _) in said.items()},
            interval,
            familiarity_of(run.distance(feed.validation)) if measured else None,
        )
    told = [json.loads(run.folder.summary(k).read_text()) for k in range(settings.members)]
    result = RunResult(
        settings=settings.model_dump(mode="json"),
        data=feed.digest,
        axes=axes,
        epochs=tuple(one["epochs"] for one in told),
        best_epochs=tuple(one["best_epoch"] for one in told),
        validation_losses=tuple(one["validation_loss"] for one in told),
        weights_hash=digest(model_tensors(run.network)),
        device=str(accelerator.device),
        precision="mixed" if _mixed(settings, accelerator) else "full",
        n_train=len(feed.train),
        n_validation=len(feed.validation),
        n_test=len(feed.test),
        left_out=feed.data.left_out,
        measures=tuple(
            one
            for name, (scores, _) in said.items()
            for one in measure(name, scores, targets[splits[name]], axes)
        ),
    )
    write_atomic(settings.out / RESULT, result.model_dump_json(indent=2) + "\n")


def _write_predictions(
    run: _Finished,
    said: dict[str, tuple[Places, Floats, Floats | None]],
    interval: Interval | None,
) -> None:
    """Write what was said of each validation and test song, beside what is so."""
    import pyarrow as pa
    from pyarrow import parquet

    data, tables = run.feed.data, []
    for name, (songs, scores, spread) in said.items():
        columns: dict[str, Any] = {
            "song_id": data.song_ids[songs],
            "split": np.full(len(songs), name),
        }
        if interval is not None:
            low, high = bounds(interval, scores, spread, data.axes)
        for place, axis in enumerate(data.axes):
            columns[axis] = scores[:, place]
            columns[f"{axis}_true"] = pa.array(data.targets[songs, place], from_pandas=True)
            if spread is not None:
                columns[f"{axis}_spread"] = spread[:, place]
            if interval is not None:
                columns[f"{axis}_low"], columns[f"{axis}_high"] = low[:, place], high[:, place]
        tables.append(pa.table(columns))
    with atomic(run.settings.out / PREDICTIONS) as file:
        parquet.write_table(pa.concat_tables(tables), file)
