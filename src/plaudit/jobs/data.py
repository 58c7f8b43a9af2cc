"""``plaudit data``: corpora listed, shown, checked, unpacked, and made into manifests."""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from plaudit.core.choice import TextForm
from plaudit.core.settings import Record
from plaudit.datasets.corpora.catalogue import READERS, find_reader, read_corpus
from plaudit.datasets.inspect.corpus import Inspection, inspect
from plaudit.datasets.inspect.text import (
    facts_text,
    inspection_text,
    list_text,
    prepared_text,
    row_text,
)
from plaudit.datasets.manifest.prepare import Prepared, Recipe, prepare
from plaudit.datasets.manifest.songs import about_path, is_our_manifest
from plaudit.datasets.reading.hub import find_corpus
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import Row
from plaudit.datasets.reading.unpack import unpack
from plaudit.jobs.output.overwrite import behind, check_inside, check_output
from plaudit.jobs.output.streams import Streams


def show_corpora(form: TextForm, streams: Streams) -> None:
    """Show the corpora that can be read, with licence, audio and labels."""
    facts = [reader.facts for reader in READERS.values()]
    if form == "json":
        streams.show(json.dumps([corpus.model_dump() for corpus in facts], indent=1))
    else:
        streams.show(list_text(facts))


class ShowSettings(Record):
    """Which corpus is shown, and how many of its rows."""

    name: str  #: Of the corpus, in the catalogue.
    place: str | None = None  #: Its folder, file or hub id, to see rows of it.
    #: Whether to show rows of a made-up corpus of the same shape, where there is no place.
    sample: bool = False
    rows: int = 3  #: How many.
    form: TextForm = "text"  #: What is shown.


def show_corpus(settings: ShowSettings, streams: Streams) -> list[Row]:
    """Show what a corpus is, and its first rows; these are returned."""
    facts = find_reader(settings.name).facts
    rows = _first_rows(settings)
    if settings.form == "json":
        shown = [row.model_dump(mode="json") for row in rows]
        streams.show(json.dumps({"facts": facts.model_dump(), "rows": shown}, indent=1))
        return rows
    streams.show(facts_text(facts))
    if rows:
        made_up = " (made up, of the same shape)" if settings.place is None else ""
        streams.show(f"\nFirst rows{made_up}")
        for row in rows:
            streams.show(f"  {row_text(row)}")
    return rows


def _first_rows(settings: ShowSettings) -> list[Row]:
    reader = find_reader(settings.name)
    with TemporaryDirectory() as scratch:
        if settings.place is not None:
            folder = find_corpus(settings.place, reader.facts)
        elif settings.sample:
            folder = Path(scratch)
            reader.sample(folder, np.random.default_rng(0))
        else:
            return []
        return list(islice(read_corpus(settings.name, folder), settings.rows))


class CheckSettings(Record):
    """Which corpus is checked."""

    #: Of the corpus, in the catalogue; its folder, a label file in it, or its hub id.
    name: str
    place: str
    write_index: bool = False  #: Whether to keep the SHA-256 of its files in ``index.json``.
    audio: bool = False  #: Whether the index has the audio files too.
    #: As in `plaudit.datasets.manifest.prepare.Recipe`.
    columns: dict[str, str] = {}  # noqa: RUF012 (pydantic copies it)
    form: TextForm = "text"  #: What is shown.


def check_corpus(settings: CheckSettings, streams: Streams) -> Inspection:
    """Check a corpus: rows, audio, labels, faulty lines, changed files, leaks; show the result."""
    folder = find_corpus(settings.place, find_reader(settings.name).facts)
    inspection = inspect(
        settings.name,
        folder,
        columns=settings.columns,
        index=settings.write_index,
        audio=settings.audio,
    )
    as_json = settings.form == "json"
    streams.show(inspection.model_dump_json(indent=1) if as_json else inspection_text(inspection))
    return inspection


def unpack_corpus(name: str, place: str, streams: Streams) -> None:
    """Write sound that a corpus keeps inside its Parquet files into ``audio`` of its folder."""
    facts = find_reader(name).facts
    source = open_source(find_corpus(place, facts), facts)
    written, kept = unpack(source, streams.note)
    streams.show(
        f"{written} files written into {source.folder / 'audio'}, {kept} were there before."
    )


class PrepareSettings(Record):
    """Of which corpus a manifest is made, and how."""

    #: Of the corpus, in the catalogue; its folder, a label file in it, or its hub id.
    name: str
    place: str
    out: Path  #: Manifest to write.
    recipe: Recipe  #: Targets and split.
    workers: int | None = None  #: Processes; one per core when not given.
    form: TextForm = "text"  #: What is shown.


def prepare_corpus(settings: PrepareSettings, streams: Streams) -> Prepared:
    """Make a manifest of a corpus: targets from its labels, a split without leaks, one table."""
    folder = find_corpus(settings.place, find_reader(settings.name).facts)
    out = behind(settings.out)
    _check_manifest(out, open_source(folder, find_reader(settings.name).facts).files)
    made = prepare(
        settings.name,
        folder,
        out,
        settings.recipe,
        workers=settings.workers,
        on_progress=streams.note,
    )
    as_json = settings.form == "json"
    streams.show(made.model_dump_json(indent=1) if as_json else prepared_text(made, settings.out))
    return made


def _check_manifest(out: Path, inputs: Sequence[Path]) -> None:
    check_output(out, inputs, is_our_manifest)
    if out.suffix != ".parquet":
        check_inside(out.parent, [about_path(out).name], inputs, is_our_manifest)
