"""A training run with a table ``[lora]``: tune the encoder on audio and embed the songs with it.

The settings of such a run name an encoder with MERT's network and no store. Beside the run's own
folder ``NAME`` stands ``NAME-lora`` with the tuned encoder (a folder of weights that every command
takes), the store of its embeddings, and the log. Both steps continue after a stop. Then training is
the same as on any other store.
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
from plaudit.core.file import expanded, sweep, write_atomic, writing
from plaudit.core.folder import check_links
from plaudit.core.lock import Lock
from plaudit.core.settings import Record, load_json, read_record
from plaudit.datasets.inspect.recording import read_recordings
from plaudit.datasets.manifest.column import SPLITS
from plaudit.datasets.manifest.songs import Manifest, read_manifest
from plaudit.embeddings.extract.encoder_source import is_mert, mert_source
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import songs_of_manifest
from plaudit.encoders.mert import MertEncoder, load_mert
from plaudit.encoders.open import open_encoder
from plaudit.model.folder import CARD, ENCODER, read_card
from plaudit.training.data import in_one_split
from plaudit.training.lora.adapter import merged, write_weights
from plaudit.training.lora.excerpt import AudioSongs, count_excerpts
from plaudit.training.lora.settings import LoraSettings
from plaudit.training.lora.tuner import Tuner
from plaudit.training.settings import LORA, TrainSettings, with_preset

RECORD, _LOG, _CHECKPOINT, _STORE = "tuning.json", "log.jsonl", "tuning.checkpoint", "store"
_OnProgress = Callable[[str], None]


class _Tuning(Record):
    """Content of ``tuning.json``: what a tuned encoder was made from, and its losses.

    ``base`` is the hash of the encoder before, ``data`` that of songs, splits and labels; ``axes``
    are those with labels. Once it is finished, ``history`` has the record of each epoch, and
    ``left_out`` the songs that were skipped, and why.
    """

    schema_version: Literal[1] = 1
    lora: LoraSettings
    seed: int
    base: str
    data: str
    axes: tuple[str, ...]
    history: tuple[dict[str, JsonValue], ...] = ()
    left_out: dict[str, str] = Field(default_factory=dict)


def adapt(values: dict[str, Any], where: str, on_progress: _OnProgress) -> TrainSettings:
    """Tune the encoder of a run, embed its songs, and return settings with the new store."""
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
    folder = settings.out.with_name(settings.out.name + LORA)
    base = _base(str(settings.encoder), lora, settings.device)
    tuned = folder / f"{base.spec.name}{LORA}"
    held = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if RECORD not in held and any(not name.startswith(".") for name in held):
        raise InputError(
            f"{folder} holds other files and no tuned encoder; give another folder as out."
        )
    check_links(folder, [tuned.name, _STORE])
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    lock = Lock(folder / ".lock")
    lock.take()
    try:
        manifest = read_manifest(settings.manifest)
        _tune(settings, lora, base, manifest, folder, tuned, on_progress)
        del base
        _embed(lora, manifest, tuned, folder / _STORE, settings.device, on_progress)
    finally:
        lock.release()
    return with_preset({**plain, "store": str(folder / _STORE), "encoder": str(tuned)}, where)


def _base(name: str, lora: LoraSettings, device: str) -> MertEncoder:
    """Open the encoder to be tuned."""
    if is_mert(name):
        return load_mert(name, layers=lora.layers, device=device)
    folder = expanded(name)
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
    on_progress: _OnProgress,
) -> None:
    """Make the folder of the tuned encoder, unless it exists."""
    axes = _labelled(settings, manifest)
    targets = manifest.targets(axes)
    split = manifest.column("split")
    record = _Tuning(
        lora=lora,
        seed=settings.seed,
        base=base.spec.hash,
        data=_digest(manifest, split, targets),
        axes=axes,
    )
    if _finished(record, folder / RECORD) and (tuned / "config.json").is_file():
        on_progress(f"{tuned} is tuned already.")
        return
    write_atomic(folder / RECORD, record.model_dump_json(indent=1) + "\n")
    rule = SegmentRule(length_s=lora.excerpt_s, tail="drop", min_tail_s=0.5 * lora.excerpt_s)
    songs, left_out = _songs(manifest, split, targets, rule, base.spec.sample_rate)
    for name, why in list(left_out.items())[:5]:
        on_progress(f"Left out: {name}: {why}")
    on_progress(
        f"Tuning {base.spec.name} on {int(songs.training.sum())} songs"
        f" ({int((~songs.training).sum())} to validate, {len(left_out)} left out), rank"
        f" {lora.rank}, on {base.device}."
    )
    tuner = Tuner(base, songs, axes, lora, settings.seed, folder / _CHECKPOINT)
    lines = [json.dumps(losses) + "\n" for losses in tuner.state.history]

    def on_epoch(losses: dict[str, Any]) -> None:
        lines.append(json.dumps(losses) + "\n")
        write_atomic(folder / _LOG, "".join(lines))
        on_progress(
            f"tuning epoch {losses['epoch']}: training loss {losses['train_loss']:.4g},"
            f" validation loss {losses['validation_loss']:.4g}"
        )

    state = tuner.run(on_epoch)
    write_weights(merged(base, tuned.name), tuned)
    done = record.model_copy(update={"history": tuple(state.history), "left_out": left_out})
    write_atomic(folder / RECORD, done.model_dump_json(indent=1) + "\n")
    (folder / _CHECKPOINT).unlink(missing_ok=True)


def _finished(record: _Tuning, path: Path) -> bool:
    """Return whether the folder holds this tuning, finished; refuse another one."""
    if not path.is_file():
        return False
    other = load_json(_Tuning, path)
    keys = [k for k in ("lora", "seed", "base", "data") if getattr(other, k) != getattr(record, k)]
    if keys:
        raise InputError(
            f"{path.parent} holds an encoder tuned with another {' and '.join(keys)}; give another"
            " folder as out, or remove that one."
        )
    return bool(other.history)


def _labelled(settings: TrainSettings, manifest: Manifest) -> tuple[str, ...]:
    """Return the axes of the condition that training songs have labels of."""
    axes = settings.of.axes
    train = manifest.column("split") == "train"
    known = ~np.isnan(manifest.targets(axes)[train]).all(axis=0)
    labelled = tuple(axis for axis, has in zip(axes, known, strict=True) if has)
    if not labelled:
        raise InputError(
            f"No song of the training split has a label for any of {', '.join(axes)}; an encoder"
            " cannot be tuned without."
        )
    return labelled


def _songs(
    manifest: Manifest, split: Any, targets: Any, rule: SegmentRule, sample_rate: int
) -> tuple[AudioSongs, dict[str, str]]:
    """Return the songs with audio and labels, and why others are left out."""
    ids, paths = manifest.column("song_id"), manifest.audio_paths()
    named, whole = np.isin(split.astype(str), SPLITS), np.ones(len(ids), bool)
    same = read_recordings(
        ids.tolist(), paths, listen=False,
        sha256=manifest.column("sha256"), near=manifest.column("near_duplicate"),
    )  # fmt: skip
    whole[named] = in_one_split(split[named].astype(str), same.groups[named])
    known = ~np.isnan(targets).all(axis=1)
    songs = np.flatnonzero(named & (split != "test") & known & whole)
    left_out = {ids[place]: "It has no audio." for place in songs if paths[place] is None}
    left_out |= dict.fromkeys(ids[~whole], "A song of a later split is the same recording.")
    songs = np.array([p for p in songs if paths[p] is not None], dtype=np.int64)
    files = [path for place in songs if (path := paths[place]) is not None]
    counts, skipped = count_excerpts(files, rule, sample_rate)
    left_out |= {ids[songs[place]]: why for place, why in skipped.items()}
    usable = counts > 0
    training = split[songs[usable]] == "train"
    if training.sum() < 2 or training.all():
        raise InputError(
            "Expected at least 2 songs with audio and a label in the split train, and 1 in"
            f" validation, got {int(training.sum())} and {int((~training).sum())}."
        )
    chosen = [path for path, usable_here in zip(files, usable, strict=True) if usable_here]
    audio = AudioSongs(chosen, counts[usable], targets[songs[usable]], training, rule, sample_rate)
    return audio, left_out


def _embed(
    lora: LoraSettings,
    manifest: Manifest,
    tuned: Path,
    store: Path,
    device: str,
    on_progress: _OnProgress,
) -> None:
    """Embed all songs of the manifest with the tuned encoder."""
    source = mert_source(str(tuned), layers=lora.layers, device=device)
    summary = EmbedJob(songs_of_manifest(manifest), source, SegmentRule(), store).run()
    on_progress(summary.sentence(store))


def _digest(manifest: Manifest, split: Any, targets: Any) -> str:
    """Return a hash of songs, splits and targets; the paths of files do not count."""
    rows = zip(manifest.column("song_id"), split, targets.tolist(), strict=True)
    text = "\n".join(map(repr, rows))
    return hashlib.sha256(text.encode()).hexdigest()
