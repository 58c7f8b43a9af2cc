"""The end of a run: assemble the members, measure, calibrate and write; the result goes last."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.core.file import atomic, write_atomic
from plaudit.core.printable import to_arrow
from plaudit.encoders.weights import check_fit, digest, read_tensors
from plaudit.model.card import Interval, Recipe
from plaudit.model.folder import model_tensors
from plaudit.model.network import Network
from plaudit.training.batches import Batches, Places
from plaudit.training.calibration import bounds, fit_interval
from plaudit.training.loop import make_trainee
from plaudit.training.publish import familiarity_of, held_out_margins, publish
from plaudit.training.result import RESULT, RunResult, measure, measure_battles
from plaudit.training.run_folder import JUDGE, PREDICTIONS, RunFolder
from plaudit.training.settings import TrainSettings
from plaudit.training.store_encoder import open_store_encoder
from plaudit.training.trainee import make_recipe

_Floats = NDArray[np.float32]


def complete(
    settings: TrainSettings,
    batches: Batches,
    folder: RunFolder,
    device: str,
    precision: str,
    on_progress: Callable[[str], None],
) -> None:
    """Write predictions, judge and result of a run whose members are trained."""
    data = batches.data
    recipe = make_recipe(settings, data.axes, data.spec.dim, settings.members)
    recipe = recipe.model_copy(update={"segment": data.segment})
    network = _assemble(settings, batches, folder, recipe)
    splits = {"validation": batches.validation, "test": batches.test}
    outputs = {n: batches.predict(network, songs) for n, songs in splits.items() if len(songs)}
    scores = {name: out.value.numpy() for name, out in outputs.items()}
    interval = _fit_interval(settings, batches, network) if settings.interval != "none" else None
    spreads = {
        name: None if out.spread is None else out.spread.numpy() for name, out in outputs.items()
    }
    _write_predictions(settings, batches, splits, scores, spreads, interval)
    if settings.encoder is not None:
        embeddings = outputs["validation"].embedding.double()
        measured = data.spec.kind == "measured"
        publish(
            settings.out / JUDGE,
            settings,
            batches,
            network,
            recipe,
            open_store_encoder(settings.encoder, data.spec),
            scores,
            interval,
            familiarity_of(embeddings.square().mean(dim=1).sqrt().numpy()) if measured else None,
            on_progress,
        )
    members = [folder.read_summary(k) for k in range(settings.members)]
    if settings.objective == "battles":
        measures = [
            row
            for name, battles, margin in held_out_margins(batches, scores)
            for row in measure_battles(name, margin, battles.won)
        ]
    else:
        measures = [
            row
            for name, predicted in scores.items()
            for row in measure(name, predicted, data.targets[splits[name]], data.axes)
        ]
    result = RunResult(
        settings=settings.model_dump(mode="json"),
        data=batches.digest,
        axes=data.axes,
        epochs=tuple(member.epochs for member in members),
        best_epochs=tuple(member.best_epoch for member in members),
        validation_losses=tuple(member.validation_loss for member in members),
        weights_hash=digest(model_tensors(network)),
        device=device,
        precision=precision,
        n_train=len(batches.train),
        n_validation=len(batches.validation),
        n_test=len(batches.test),
        left_out=data.left_out,
        measures=tuple(measures),
    )
    write_atomic(settings.out / RESULT, result.model_dump_json(indent=2) + "\n")


def _assemble(
    settings: TrainSettings, batches: Batches, folder: RunFolder, recipe: Recipe
) -> Network:
    """Return the network that the judge ships, with all members."""
    members = []
    for member in range(settings.members):
        trainee = make_trainee(settings, batches, member)
        tensors = read_tensors(folder.network(member))
        check_fit(trainee.state_dict(), tensors, str(folder.network(member)))
        trainee.load_state_dict(tensors)
        members.append(trainee.finished())
    if len(members) == 1:
        return members[0]
    whole = Network(recipe, len(batches.data.spec.layers))
    for slot, network in zip(whole.members or (), members, strict=True):
        slot.load_state_dict(network.state_dict())
    return whole.eval().requires_grad_(False)


def _fit_interval(settings: TrainSettings, batches: Batches, network: Network) -> Interval:
    out = batches.predict(network, batches.calibrate)
    spread = None if settings.interval == "constant" or out.spread is None else out.spread.numpy()
    return fit_interval(
        out.value.numpy(),
        batches.data.targets[batches.calibrate],
        batches.data.axes,
        settings.coverage,
        spread=spread,
        abstain_above=settings.abstain_above,
    )


def _write_predictions(
    settings: TrainSettings,
    batches: Batches,
    splits: dict[str, Places],
    scores: dict[str, _Floats],
    spreads: dict[str, _Floats | None],
    interval: Interval | None,
) -> None:
    """Write the predicted scores of each validation and test song beside the targets."""
    import pyarrow as pa
    from pyarrow import parquet

    data, tables = batches.data, []
    for name, predicted in scores.items():
        songs, spread = splits[name], spreads[name]
        columns: dict[str, Any] = {
            "song_id": [to_arrow(name) for name in data.song_ids[songs]],
            "split": np.full(len(songs), name),
        }
        if interval is not None:
            low, high = bounds(interval, predicted, spread, data.axes)
        for place, axis in enumerate(data.axes):
            columns[axis] = predicted[:, place]
            columns[f"{axis}_observed"] = pa.array(data.targets[songs, place], from_pandas=True)
            if spread is not None:
                columns[f"{axis}_spread"] = spread[:, place]
            if interval is not None:
                columns[f"{axis}_low"], columns[f"{axis}_high"] = low[:, place], high[:, place]
        tables.append(pa.table(columns))
    with atomic(settings.out / PREDICTIONS) as file:
        parquet.write_table(pa.concat_tables(tables), file)
