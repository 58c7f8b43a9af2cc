"""A training run with a table ``[lora]``: tune the encoder on audio, embed with it, then train.

The settings of such a run name an encoder with MERT's network and no store. Beside the run's own
folder ``NAME`` stands ``NAME-lora`` with the tuned encoder (a folder of weights that every command
takes), the store of the songs as it hears them, and the log. Each of the two goes on where it
stopped; then training is the same as on any other store.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.lock import Lock
from plaudit.core.settings import Record, read_json, read_record
from plaudit.datasets.manifest.songs import Manifest, read_manifest
from plaudit.embeddings.extract.encoder_source import is_mert, mert_source
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import songs_of_manifest
from plaudit.encoders.mert import MertEncoder, load_mert
from plaudit.encoders.open import open_encoder
from plaudit.model.folder import CARD, ENCODER, read_card
from plaudit.training.lora.adapter import LoraSettings, merged, write_weights
from plaudit.training.lora.excerpt import AudioSongs, count_excerpts
from plaudit.training.lora.tuner import Tuner
from plaudit.training.settings import TrainSettings, with_preset

BEGUN, LOG, CHECKPOINT, STORE = "tuning.json", "log.jsonl", "tuning.checkpoint", "store"
Say = Callable[[str], None]


class Tuning(Record):
    """Content of ``tuning.json``: what a tuned encoder was made from, and how well it did.

    Parameters
    ----------
    lora : LoraSettings
        How.
    seed : int
        Seed of everything.
    base : str
        Hash of the encoder that was tuned.
    data : str
        Hash of songs, splits and labels.
    axes : tuple of str
        Axes that guided it.
    history : tuple of dict
        Record of each epoch, once it is finished.
    left_out : dict of str to str
        Songs that could not be learned from, and why.
    """

    schema_version: Literal[1] = 1
    lora: LoraSettings
    seed: int
    base: str
    data: str
    axes: tuple[str, ...]
    history: tuple[dict[str, JsonValue], ...] = ()
    left_out: dict[str, str] = Field(default_factory=dict)


def adapt(values: dict[str, Any], where: str, say: Say) -> TrainSettings:
    """Tune the encoder of a run and embed its songs, or go on with it.

    Parameters
    ----------
    values : dict
        Settings as read from TOML, with a table ``lora``, an ``encoder``, and no ``store``.
    where : str
        Name of the source for error messages.
    say : callable
        Takes a line of progress.

    Returns
    -------
    TrainSettings
        Of the run on the new store, ready for `plaudit.training.run.train`.

    Raises
    ------
    InputError
        A setting is wrong, the encoder is none that LoRA fits, or the folder holds another tuning.
    """
    plain = {name: value for name, value in values.items() if name != "lora"}
    lora = read_record(LoraSettings, values["lora"], f"{where}: [lora]")
    if "store" in plain or not plain.get("encoder"):
        raise InputError(
            f"{where}: with a table [lora] name the encoder to tune (MERT weights, or a judge that"
            " has them) as encoder, and no store: the songs are embedded by the tuned encoder."
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError(
            f"{where}: a run with a table [lora] is one process; start it without"
            " `accelerate launch`."
        )
    settings = with_preset({**plain, "store": "to be made"}, where)
    folder = settings.out.with_name(settings.out.name + "-lora")
    base = _base(str(settings.encoder), lora, settings.device)
    tuned = folder / f"{base.spec.name}-lora"
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder / ".lock")
    lock.take()
    try:
        manifest = read_manifest(settings.manifest)
        _tune(settings, lora, base, manifest, folder, tuned, say)
        del base
        _embed(lora, manifest, tuned, folder / STORE, settings.device, say)
    finally:
        lock.release()
    return with_preset({**plain, "store": str(folder / STORE), "encoder": str(tuned)}, where)


def _base(name: str, lora: LoraSettings, device: str) -> MertEncoder:
    """Open the encoder to be tuned."""
    if is_mert(name):
        return load_mert(name, layers=lora.layers, device=device)
    folder = Path(name).expanduser()
    spec = read_card(folder).encoder if (folder / CARD).is_file() else None
    if spec is None or spec.kind != "mert":
        what = "is no judge folder" if spec is None else f"has the encoder {spec.name}"
        raise InputError(
            f"LoRA tunes MERT's network, and '{name}' {what}; name MERT weights, or a judge folder"
            " that was made with them."
        )
    spec = spec.model_copy(update={"layers": lora.layers})
    encoder = open_encoder(spec, folder / ENCODER, device=device, precision="exact")
    if not isinstance(encoder, MertEncoder):
        raise AssertionError("encoders of kind mert are MertEncoders")
    return encoder


def _tune(
    settings: TrainSettings,
    lora: LoraSettings,
    base: MertEncoder,
    manifest: Manifest,
    folder: Path,
    tuned: Path,
    say: Say,
) -> None:
    """Make the folder of the tuned encoder, unless it is there."""
    axes = _labelled(settings, manifest)
    targets = manifest.targets(axes)
    split = manifest.column("split")
    begun = Tuning(
        lora=lora,
        seed=settings.seed,
        base=base.spec.hash,
        data=_digest(manifest, split, targets),
        axes=axes,
    )
    if _finished(begun, folder / BEGUN) and (tuned / "config.json").is_file():
        say(f"{tuned} is tuned already.")
        return
    write_atomic(folder / BEGUN, begun.model_dump_json(indent=1) + "\n")
    rule = SegmentRule(length_s=lora.excerpt_s, tail="drop", min_tail_s=0.5 * lora.excerpt_s)
    songs, left_out = _songs(manifest, split, targets, rule, base.spec.sample_rate)
    for name, why in list(left_out.items())[:5]:
        say(f"Left out: {name}: {why}")
    say(
        f"Tuning {base.spec.name} on {int(songs.training.sum())} songs"
        f" ({int((~songs.training).sum())} to validate, {len(left_out)} left out), rank"
        f" {lora.rank}, on {base.device}."
    )
    tuner = Tuner(base, songs, axes, lora, settings.seed, folder / CHECKPOINT)
    lines = [json.dumps(record) + "\n" for record in tuner.progress.history]

    def tell(record: dict[str, Any]) -> None:
        lines.append(json.dumps(record) + "\n")
        write_atomic(folder / LOG, "".join(lines))
        say(
            f"tuning epoch {record['epoch']}: training loss {record['train_loss']:.4g},"
            f" validation loss {record['validation_loss']:.4g}"
        )

    progress = tuner.run(tell)
    write_weights(merged(base, tuned.name), tuned)
    done = begun.model_copy(update={"history": tuple(progress.history), "left_out": left_out})
    write_atomic(folder / BEGUN, done.model_dump_json(indent=1) + "\n")
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _finished(begun: Tuning, path: Path) -> bool:
    """Tell whether a folder holds this tuning, finished; refuse one that holds another."""
    if not path.is_file():
        return False
    there = read_json(Tuning, path.read_text(encoding="utf-8"), str(path))
    keys = [k for k in ("lora", "seed", "base", "data") if getattr(there, k) != getattr(begun, k)]
    if keys:
        raise InputError(
            f"{path.parent} holds an encoder tuned with another {' and '.join(keys)}; give another"
            " folder as out, or remove that one."
        )
    return bool(there.history)


def _labelled(settings: TrainSettings, manifest: Manifest) -> tuple[str, ...]:
    """Return the axes of the run's condition that some training song has a label of."""
    axes = settings.of.axes
    train = manifest.column("split") == "train"
    known = ~np.isnan(manifest.targets(axes)[train]).all(axis=0)
    found = tuple(axis for axis, has in zip(axes, known, strict=True) if has)
    if not found:
        raise InputError(
            f"No song of the training split has a label for any of {', '.join(axes)}; an encoder"
            " cannot be tuned without."
        )
    return found


def _songs(
    manifest: Manifest, split: Any, targets: Any, rule: SegmentRule, sample_rate: int
) -> tuple[AudioSongs, dict[str, str]]:
    """Return the songs that can be learned from, and why others cannot."""
    ids, paths = manifest.column("song_id"), manifest.audio_paths()
    known = ~np.isnan(targets).all(axis=1)
    wanted = np.flatnonzero(np.isin(split.astype(str), ("train", "validation")) & known)
    left_out = {ids[place]: "It has no audio." for place in wanted if paths[place] is None}
    wanted = np.array([p for p in wanted if paths[p] is not None], dtype=np.int64)
    files = [path for place in wanted if (path := paths[place]) is not None]
    counts, faults = count_excerpts(files, rule, sample_rate)
    left_out |= {ids[wanted[place]]: why for place, why in faults.items()}
    here = counts > 0
    training = split[wanted[here]] == "train"
    if training.sum() < 2 or training.all():
        raise InputError(
            "Expected at least 2 songs with audio and a label in the split train, and 1 in"
            f" validation, got {int(training.sum())} and {int((~training).sum())}."
        )
    chosen = [path for path, there in zip(files, here, strict=True) if there]
    songs = AudioSongs(chosen, counts[here], targets[wanted[here]], training, rule, sample_rate)
    return songs, left_out


def _embed(
    lora: LoraSettings, manifest: Manifest, tuned: Path, store: Path, device: str, say: Say
) -> None:
    """Embed all songs of the manifest with the tuned encoder."""
    source = mert_source(str(tuned), layers=lora.layers, device=device)
    summary = EmbedJob(songs_of_manifest(manifest), source, SegmentRule(), store).run()
    say(summary.sentence(store))


def _digest(manifest: Manifest, split: Any, targets: Any) -> str:
    """Return a hash of what is learned from; where the files lie does not count."""
    rows = zip(manifest.column("song_id"), split, targets.tolist(), strict=True)
    text = "\n".join(map(repr, rows))
    return hashlib.sha256(text.encode()).hexdigest()
