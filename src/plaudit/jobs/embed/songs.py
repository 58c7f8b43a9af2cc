"""Songs embedded into a store."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from plaudit.audio.segment import SegmentRule
from plaudit.core.choice import Device, Precision, Tail, TextForm
from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.core.mirror import mirrored
from plaudit.core.option_source import sourced
from plaudit.core.remote import is_url, remote_file
from plaudit.core.settings import Record
from plaudit.datasets.manifest.songs import read_manifest
from plaudit.embeddings.cluster.choice import Price, device_on
from plaudit.embeddings.extract.listing import (
    ListedSong,
    fixed_folder,
    songs_of_files,
    songs_of_manifest,
)
from plaudit.embeddings.extract.survey import parse_part
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds
from plaudit.jobs.song_list import Limit, first_of, is_table
from plaudit.judging.find import find_songs

if TYPE_CHECKING:
    from plaudit.embeddings.extract.encoder_source import EncoderSource
    from plaudit.embeddings.extract.job import EmbedSummary


class EmbedSettings(Record):
    """The encoder, and how the work is divided."""

    encoder: str = "bundled"  #: As `plaudit.model.encoder_name.find_encoders`.
    #: Layers to keep, such as "2,5,8,-1"; the encoder's own when not given.
    layers: str | None = None
    #: How songs are cut; by default as the judge does.
    segment_s: float | None = None
    tail: Tail | None = None
    min_tail_s: float | None = None
    #: As `plaudit.judging.load.load_judge`.
    precision: Precision = "exact"
    device: Device = "auto"
    #: Processes, one per core when not given; on a GPU, songs read at a time.
    workers: int | None = None
    #: Where the workers are, as `plaudit.embeddings.cluster.choice.check_cluster`; here by default.
    cluster: str | None = None
    price_per_core_hour: Price = None
    #: Segments of a batch on a GPU, as `plaudit.encoders.fixed_batch`.
    batch_segments: int | None = None
    threads: int = 1  #: Threads of each process on a CPU.
    part: str = "1/1"  #: Which part of the songs, such as "2/4".
    retry: bool = False  #: Whether songs that failed and have not changed are tried again.
    shard_rows: int = 16_384  #: Segments in a file of the store.
    save_every_s: float = 30.0  #: Most seconds of work that a crash can cost.
    copy_to: str | None = None  #: URL where the store is kept too (`plaudit.core.mirror`).
    max_seconds: MaxSeconds = None
    recursive: bool = True  #: Whether folders give the songs of their subfolders too.
    limit: Limit = None
    form: TextForm = "text"  #: How the summary is shown.


def embed_songs(
    manifest: str | Sequence[str], out: Path, settings: EmbedSettings, streams: Streams
) -> "EmbedSummary":
    """Embed songs that are not in a store yet: of a manifest, folder or pattern, or of a list.

    The ids of songs of a folder begin at that folder, those of a list at the working folder.

    Raises
    ------
    PlauditError
        A setting is wrong, there are no songs, or the store is of another encoder.
    """
    part = parse_part(settings.part)
    device = device_on(settings.cluster, settings.device, settings.price_per_core_hour)
    listed = _songs(manifest, settings, streams)
    songs = first_of(listed, settings.limit, streams)
    # The heavy import, after everything that can be wrong with the call itself was checked.
    from plaudit.embeddings.extract.job import EmbedJob

    source, own_rule = _source(settings.model_copy(update={"device": device}), streams)
    rule = _rule(own_rule, settings)
    with mirrored(settings.copy_to, out, streams.note) as on_saved:
        job = EmbedJob(
            songs,
            source,
            rule,
            out,
            workers=settings.workers,
            threads=settings.threads,
            part=part,
            retry=settings.retry,
            shard_rows=settings.shard_rows,
            save_every_s=settings.save_every_s,
            max_s=settings.max_seconds,
            cluster=settings.cluster,
            price=settings.price_per_core_hour,
            on_saved=on_saved,
            err=streams.err,
        )
        if job.precision != settings.precision:
            streams.note(
                f"This encoder has no {settings.precision} precision; it is {job.precision}."
            )
        limit = settings.limit if len(songs) < len(listed) else None
        summary = sourced(job.run().model_copy(update={"limit": limit}))
    as_json = settings.form == "json"
    streams.show(summary.model_dump_json() if as_json else summary.sentence(out))
    streams.note_end([], [], ())
    return summary


def _songs(
    manifest: str | Sequence[str], settings: EmbedSettings, streams: Streams
) -> list[ListedSong]:
    paths, root = manifest, Path()
    if isinstance(manifest, str):
        path = remote_file(manifest) if is_url(manifest) else expanded(manifest)
        if is_table(path):
            return songs_of_manifest(read_manifest(path, ["sha256"]))
        paths, root = [manifest], fixed_folder(path)
    files = find_songs(paths, streams.at_end.append, recursive=settings.recursive)
    return songs_of_files(files, root)


def _source(settings: EmbedSettings, streams: Streams) -> "tuple[EncoderSource, SegmentRule]":
    """Return an encoder, and how songs are cut for it."""
    from plaudit.embeddings.extract.encoder_source import parse_layers
    from plaudit.model.encoder_name import find_encoders

    layers = parse_layers(settings.layers) if settings.layers is not None else None
    found = next(
        find_encoders(
            settings.encoder, layers, device=settings.device, precision=settings.precision
        )
    )
    if found.note:
        streams.note(found.note)
    return replace(found.source, batch_segments=settings.batch_segments), found.rule


def _rule(own: SegmentRule, settings: EmbedSettings) -> SegmentRule:
    """Return the judge's own rule with what the settings change."""
    changed = {
        "length_s": settings.segment_s,
        "tail": settings.tail,
        "min_tail_s": settings.min_tail_s,
    }
    rule = own.model_copy(update={k: v for k, v in changed.items() if v is not None})
    if settings.min_tail_s is not None and rule.tail == "pad":
        raise InputError("--min-tail-s says which tails are dropped; give it with --tail drop.")
    return rule
