"""FMA popularity: listens and favourites of real tracks on the Free Music Archive.

A line of ``fma_popularity.csv`` is one track, with eight columns of the FMA metadata::

    track_id,artist_id,track_date_created,track_duration,track_listens,track_favorites,
    track_interest,genre

Dates are written like ``8/21/2013 01:41:03 PM``, lengths like ``05:30``.

References
----------
Defferrard et al., FMA: A Dataset for Music Analysis, arXiv 1612.01840.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Count, Key, Line, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_csv

_DATE = "%m/%d/%Y %I:%M:%S %p"
_FACTS = Facts(
    name="fma",
    title="FMA popularity",
    rows="4,237 tracks by 1,510 artists with listens and favourites",
    where="https://github.com/mdeff/fma (tracks.csv of fma_metadata.zip, eight columns kept)",
    licence="CC-BY-4.0 (metadata; each track has a licence of its own)",
    citation="Defferrard et al., FMA: A Dataset for Music Analysis, arXiv 1612.01840",
    audio="not in it; tracks of fma_full or fma_large beside it are found by their id",
    labels=(
        Label(name="plays", kind="count", low=0, meaning="Listens on the archive."),
        Label(name="likes", kind="count", low=0, meaning="Times marked as a favourite."),
    ),
    files=("fma_popularity.csv",),
    layout="fma_popularity.csv; audio as the FMA names it, such as 089/089433.mp3",
    known_faults=(
        "Music by people, none of it generated.",
        "When the counts were taken is not stated; ages count to the youngest track in the file.",
        "Listens gather for years: never compare tracks of different age without cohorts.",
        "A genre is a number; its name is in genres.csv of the FMA.",
    ),
)


def _moment(value: object) -> object:
    try:
        return datetime.strptime(str(value), _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"expected a date such as 8/21/2013 01:41:03 PM, got {value!r}") from None


class _Track(Line):
    track_id: Key = Field(min_length=1)
    artist_id: Key = Field(min_length=1)
    track_date_created: Annotated[datetime, BeforeValidator(_moment)]
    track_duration: str = Field(pattern=r"^(\d+:)?\d{1,2}:\d{2}$")
    track_listens: Count
    track_favorites: Count
    track_interest: Count = None
    genre: Key = Field(min_length=1)


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its tracks; see `plaudit.datasets.reading.promise`."""
    for path in source.files:
        for _, track in read_lines(path, _Track, account):
            seconds = 0
            for part in track.track_duration.split(":"):
                seconds = 60 * seconds + int(part)
            name = track.track_id.zfill(6)
            yield SongRow(
                corpus=_FACTS.name,
                song_id=track.track_id,
                path=source.folder / name[:3] / f"{name}.mp3",
                duration_s=float(seconds),
                platform="fma",
                artist=track.artist_id,
                style=track.genre,
                created=track.track_date_created,
                plays=track.track_listens,
                likes=track.track_favorites,
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    rows = []
    for number in range(8):
        listens = int(rng.lognormal(7, 2))
        made = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=200 * number, seconds=number)
        rows.append(
            [
                100 + number,
                7 + number // 2,
                f"{made:%m/%d/%Y %I:%M:%S %p}",
                f"0{number % 6}:3{number}",
                listens,
                listens // 400,
                listens + 9,
                1 + number % 3,
            ]
        )
    write_csv(folder / "fma_popularity.csv", _Track.model_fields, rows)


READER = Reader(_FACTS, read, _sample)
