"""Conditions of songs (prompt, lyrics, reference), from options or from columns of a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from plaudit.core.errors import InputError
from plaudit.core.name import existing
from plaudit.core.parse import load_values, read_text
from plaudit.core.remote import located
from plaudit.core.settings import Record
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.song_list import SongSettings, first_of, listed_songs
from plaudit.judging.catalogue import local_judge
from plaudit.judging.given import NAMES, Given, check_some

_COLUMNS = {"prompt": ("prompt", "prompt_text"), "lyrics": ("lyrics",), "reference": ("reference",)}


class Asked(Record):
    """The options: a text, a file of lyrics, an audio file."""

    prompt: str | None = None
    lyrics: Path | None = None
    reference: Path | None = None

    def given(self) -> Given:
        """Return the conditions of every song; `InputError` where a file cannot be read."""
        lyrics = None if self.lyrics is None else read_text(self.lyrics)
        return Given(prompt=self.prompt, lyrics=lyrics, reference=self.reference)


class AskedSettings(SongSettings):
    """Songs and their conditions."""

    asked: Asked = Asked()  #: For a judge that can use it.


def asked_songs(
    settings: AskedSettings, judges: Sequence[str], streams: Streams
) -> tuple[list[Path], list[Given]]:
    """Return songs, each with its conditions.

    Where a manifest has columns ``prompt`` (or ``prompt_text``), ``lyrics`` or ``reference`` that
    one of the judges can use, each row says what its song is to answer, and a song may stand in
    several. What an option gives holds for all songs, before a column.

    Raises
    ------
    InputError
        There is no song, a file cannot be read, or no song has what a judge needs.
    """
    given, manifest = settings.asked.given(), settings.manifest
    columns = [] if manifest is None or settings.paths else _columns(manifest, judges, given)
    if manifest is None or not columns:
        check_asked(judges, [given])
        songs = listed_songs(settings, streams)
        return songs, [given] * len(songs)
    pairs = list(dict.fromkeys(_rows(manifest, columns, given)))
    if not pairs:
        raise InputError(f"{manifest} names no audio file; its column 'path' has to.")
    check_asked(judges, [own for _, own in pairs])
    streams.note(f"Taken from {manifest} for each song: {', '.join(columns)}.")
    pairs = first_of(pairs, settings.limit, streams)
    return [path for path, _ in pairs], [own for _, own in pairs]


def check_asked(judges: Sequence[str], given: Sequence[Given]) -> None:
    """Refuse a judge that could judge no song, since none has what it needs: `InputError`."""
    for judge in judges:
        check_some(judge, _stated(judge, "needs"), given)


def _columns(manifest: Path, judges: Sequence[str], given: Given) -> list[str]:
    """Return the columns of a manifest that hold conditions which a judge uses."""
    from plaudit.datasets.reading.table import read_table

    used = {name for judge in judges for name in _stated(judge, "conditions")}
    can = [name for name in NAMES if name in used and name not in given.names]
    there = {name for row in read_table(manifest, "a manifest") for name in row}
    return [column for name in can for column in _COLUMNS[name] if column in there]


def _stated(judge: str, key: Literal["conditions", "needs"]) -> tuple[str, ...]:
    """Return the conditions under a key of the card of a judge, without opening the judge."""
    folder = local_judge(judge)
    card = None if folder is None else folder / "card.json"
    if card is None or not card.is_file():
        return ()
    stated = load_values(card)
    names = stated.get(key, ()) if isinstance(stated, dict) else ()
    return tuple(name for name in NAMES if name in names)


def _rows(manifest: Path, columns: Sequence[str], given: Given) -> list[tuple[Path, Given]]:
    from plaudit.datasets.corpora.own_table import path_column
    from plaudit.datasets.reading.table import read_table

    rows = read_table(manifest, "a manifest")
    where = path_column([name for row in rows for name in row])
    if where is None:
        raise InputError(f"{manifest} names no audio file; its column 'path' has to.")
    pairs = []
    for row in rows:
        if row.get(where) is None:
            continue
        cells = {column: row.get(column) for column in columns}
        own = {c.removesuffix("_text"): str(v) for c, v in cells.items() if v is not None}
        if "reference" in own:
            own["reference"] = str(manifest.parent / own["reference"])
        found = next(existing([located(manifest.parent, str(row[where]))]))
        pairs.append((found, Given(**{**given.model_dump(), **own})))
    return pairs
