"""One's own table: a row a song, with what is known of it, as CSV, TSV, JSON Lines or Parquet.

Columns go by their names, in lower case, capitalised or in capitals; a name of the table's own is
mapped to one of them (``Source.columns``)::

    path,system,prompt,artist,split,musicality,clarity
    takes/0001.wav,model-a,a slow waltz,,train,3.5,4

``path`` has to be there: an audio file, relative to the table's folder; empty where there is no
audio. A song without ``song_id`` goes by its path. Scores are in the range of their axis: 1-5, and
0-100 for streams and likes; plays and numbers of likes (``count_likes``) of songs with a
``platform`` become such scores when the manifest is made. Ids, systems, prompts and artists are
text: 001 stays 001.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AliasChoices, AliasGenerator, BeforeValidator, ValidationInfo

from plaudit.core.axes import AXES
from plaudit.core.csv_text import divider
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import (
    Count,
    Grade,
    Line,
    OptionalKey,
    Percent,
    Positive,
    Sound,
    head_of,
    read_lines,
)
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row, SongRow, Split
from plaudit.datasets.reading.sample import write_csv
from plaudit.datasets.reading.spelling import prompt_key

NAME = "csv"
FORMS = (".csv", ".tsv", ".jsonl", ".parquet")
_FACTS = Facts(
    name=NAME,
    title="a table of your own",
    rows="a row for each song",
    where="a spreadsheet, a database or a script of yours",
    licence="yours to state",
    citation="yours to state",
    audio="where the table's column path says, from the table's folder on",
    labels=(
        *(
            Label(name=a.name, kind="score", low=a.low, high=a.high, meaning=a.meaning)
            for a in AXES
        ),
        Label(name="plays", kind="count", low=0, meaning="How often it was played."),
    ),
    files=tuple(f"*{form}" for form in FORMS),
    layout="one table with a column path; song_id, system, prompt, artist, split, the axes and"
    " others (see docs/data.md) where you know them",
    known_faults=(
        "What is wrong with it, only you can know; a column that Plaudit does not read is named.",
    ),
)
_OTHER_NAMES = {
    "path": ("path", "file", "audio", "audio_path", "file_name", "filename"),
    "song_id": ("song_id", "id"),
    "system": ("system", "model"),
    "prompt": ("prompt", "prompt_text"),
    "plays": ("plays", "count_plays"),
}
_SPLITS: dict[str, Split] = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation",
    "val": "validation", "dev": "validation", "test": "test",
}  # fmt: skip
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _split(value: object) -> Split | None:
    text = str(value or "").strip().lower()
    if text and text not in _SPLITS:
        raise ValueError("expected train, validation or test, or an empty cell")
    return _SPLITS.get(text)


def _yes_no(value: object) -> object:
    text = str(value).strip().lower()
    return None if value is None or not text else _YES_NO.get(text, value)


def _point(value: object, info: ValidationInfo) -> object:
    """Read a decimal comma as a point where one can be, and NaN as nothing."""
    if isinstance(value, str):
        return value.replace(",", ".", 1) if info.context else value
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


def _unicode(value: object) -> object:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("expected UTF-8; save the table so") from error
    return value


_Name = Annotated[OptionalKey, BeforeValidator(_unicode)]
_Rating = Annotated[Grade, BeforeValidator(_point)]
_Popularity = Annotated[Percent, BeforeValidator(_point)]


class _Song(Line):
    path: Annotated[Sound, BeforeValidator(_unicode)]
    song_id: _Name = None
    system: _Name = None
    prompt: _Name = None
    prompt_id: _Name = None
    artist: _Name = None
    platform: _Name = None
    style: _Name = None
    split: Annotated[Split | None, BeforeValidator(_split)] = None
    instrumental: Annotated[bool | None, BeforeValidator(_yes_no)] = None
    duration_s: Annotated[Positive, BeforeValidator(_point)] = None
    age_days: Count = None
    plays: Count = None
    count_likes: Count = None
    streams: _Popularity = None
    likes: _Popularity = None
    coherence: _Rating = None
    musicality: _Rating = None
    memorability: _Rating = None
    clarity: _Rating = None
    naturalness: _Rating = None


def _spellings(field: str, mapped: Mapping[str, str]) -> AliasChoices:
    """Return the columns that a field is read from: the one it is mapped to, or all its names."""
    if field in mapped:
        return AliasChoices(mapped[field])
    names = _OTHER_NAMES.get(field, (field,))
    forms = dict.fromkeys(f for n in names for f in (n, n.capitalize(), n.upper()))
    return AliasChoices(*(form for form in forms if form not in mapped.values()))


def path_column(columns: Collection[str], mapped: Mapping[str, str] | None = None) -> str | None:
    """Return which of some columns is read as the path of a song, or None."""
    return next((str(c) for c in _spellings("path", mapped or {}).choices if c in columns), None)


def _model(mapped: Mapping[str, str]) -> type[_Song]:
    for field in mapped:
        if field not in _Song.model_fields:
            raise InputError(
                f"A table of your own has no column that is read as '{field}';"
                f" {nearest(field, _Song.model_fields)}"
            )
    spelled = AliasGenerator(validation_alias=partial(_spellings, mapped=mapped))

    class Mapped(_Song, alias_generator=spelled):
        pass

    return Mapped


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs; see `plaudit.datasets.reading.promise`."""
    model = _model(source.columns)
    path = _one_table(source)
    given: set[str] = set()
    ids: dict[str, int] = {}
    files: dict[str, int] = {}
    head = head_of(path)
    if head and path_column(head, source.columns) is None:
        account.fault(
            path,
            1,
            f"expected a column 'path'; the columns are {', '.join(sorted(head))}. `plaudit data"
            " prepare csv` reads any of them as it with --column path=NAME.",
        )
        return
    if path.suffix.lower() != ".jsonl":  # whose first row may lack what others have
        _check_columns(path, head, source.columns, set())
    # Where commas divide cells, 1,234 is a thousand.
    decimal = path.suffix.lower() in {".csv", ".tsv"} and divider(path) != ","
    for number, song in read_lines(path, model, account, context=decimal):
        given |= song.model_fields_set
        song_id = song.song_id or song.path
        if song_id is None:
            if song.model_dump(exclude_none=True):  # spreadsheets end with rows of empty cells
                account.fault(path, number, "expected a path or a song_id, and both are empty.")
            continue
        file = os.path.abspath(source.folder / song.path) if song.path else f"no file, {song_id}"  # noqa: PTH100 - a link is another file until it is read
        twice = song_id if song_id in ids else song.path if file in files else None
        if twice is not None:
            line = ids.get(song_id) or files[file]
            account.fault(path, number, f"{twice} is in line {line} too; keep one row a song.")
            continue
        if song.platform is None and (song.plays, song.count_likes) != (None, None):
            account.fault(
                path,
                number,
                "platform: counts are ranked among the songs of a platform; name it.",
            )
            continue
        ids[song_id] = files[file] = number
        account.lines[song_id] = (path, number)
        yield _row(song, song_id, source.folder)
    if not ids and not account.n_faults:
        account.fault(path, 1, "expected a row for each song, and there is none.")
    _check_columns(path, head, source.columns, given)
    for field in _Song.model_fields:
        names = [str(name) for name in _spellings(field, source.columns).choices if name in head]
        account.see(path, set(names[1:]))


def _row(song: _Song, song_id: str, folder: Path) -> SongRow:
    values = {axis.name: getattr(song, axis.name) for axis in AXES}
    return SongRow(
        corpus=NAME,
        song_id=song_id,
        path=None if song.path is None else folder / song.path,
        duration_s=song.duration_s,
        system=song.system,
        platform=song.platform,
        artist=song.artist,
        prompt_id=song.prompt_id or prompt_key(song.prompt),
        prompt=song.prompt,
        style=song.style,
        instrumental=song.instrumental,
        age_days=song.age_days,
        plays=song.plays,
        likes=song.count_likes,
        scores={name: value for name, value in values.items() if value is not None},
        split=song.split,
    )


def _one_table(source: Source) -> Path:
    if len(source.files) > 1:
        names = ", ".join(path.name for path in source.files[:5])
        raise InputError(
            f"Expected one table, and {source.folder} holds {len(source.files)} ({names}); give the"
            " file instead of its folder."
        )
    (path,) = source.files
    if path.suffix.lower() not in FORMS:
        raise InputError(
            f"Expected {_FACTS.title} as {', '.join(FORMS)}, got {path.name}; save it as CSV."
        )
    return path


def _check_columns(path: Path, head: set[str], mapped: Mapping[str, str], given: set[str]) -> None:
    """Refuse a mapped column that is not there."""
    for field, column in mapped.items():
        if field not in given and column not in head:
            raise InputError(f"{path} has no column '{column}'; {nearest(column, head)}")


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    scores = [axis.name for axis in AXES]
    rows = [
        [
            f"takes/{number:04}.wav",
            ("model-a", "model-b", "007")[number % 3],
            f"prompt {number // 3}",
            f"artist {number // 3}",
            "archive",
            int(rng.integers(0, 5000)),
            *(round(float(rng.uniform(axis.low, axis.high)), 2) for axis in AXES),
        ]
        for number in range(12)
    ]
    head = ["path", "system", "prompt", "artist", "platform", "plays", *scores]
    write_csv(folder / "table.csv", head, rows)


READER = Reader(_FACTS, read, _sample, mapped=True)
