"""Votes about songs, one entry a battle: both songs, the outcome and the time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.votes.cell import FaultyRows, day_of, flag_of, name_of, shown, vote_of
from plaudit.benchmarks.votes.file import SongFact, open_votes
from plaudit.benchmarks.votes.kind import check_songs
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.origin import Origin

Objects = NDArray[np.object_]
_ROLES = {
    "first": ("first",),
    "second": ("second",),
    "outcome": ("outcome",),
    "prompt": ("prompt_id", "prompt"),
    "voter": ("voter",),
    "first_system": ("first_system",),
    "second_system": ("second_system",),
    "date": ("date",),
    "day": ("day",),
    "instrumental": ("instrumental",),
}
_NAMES = ("first", "second", "prompt", "voter", "first_system", "second_system")


@dataclass(frozen=True, eq=False)
class Battles:
    """Votes as they came, one entry a battle; None or nan where unknown."""

    #: Ids of the songs.
    first: Sequence[str]
    second: Sequence[str]
    outcome: Sequence[Outcome | None]  #: Who won; None where nobody voted.
    #: Prompt, voter and systems of the songs.
    prompt: Sequence[str | None] = ()
    voter: Sequence[str | None] = ()
    first_system: Sequence[str | None] = ()
    second_system: Sequence[str | None] = ()
    month: Sequence[str | None] = ()  #: Month of the vote, such as "2025-09".
    day: Sequence[float] = ()  #: When, in days from any start; nan where unknown.
    instrumental: Sequence[bool | None] = ()  #: Whether nobody was to sing.

    def column(self, name: str) -> Objects:
        """Return a column as an array of objects; all None where it was not given."""
        values = list(getattr(self, name)) or [None] * len(self.first)
        if len(values) != len(self.first):
            raise InputError(
                f"Expected one {name} a battle, got {len(values)} for {len(self.first)} battles."
            )
        column = np.empty(len(values), object)
        column[:] = values
        return column


@dataclass(frozen=True)
class VoteFile:
    """Votes as they were read."""

    battles: Battles  #: Votes.
    #: Their songs, where Music Arena describes them; empty for a table.
    songs: dict[str, SongFact] = field(default_factory=dict)
    #: Where they came from.
    source: Origin = field(default_factory=lambda: Origin(name="", sha256=""))


def read_votes(path: Path) -> VoteFile:
    """Read a file or folder of votes (`plaudit.benchmarks.votes.file`) about songs.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It holds no battles in any known form, or a row cannot be used; the sentence says which.
    """
    source = open_votes(path)
    faults = FaultyRows(str(path), unit="battle" if source.is_arena else "line")
    songs: dict[str, SongFact] = {}
    entries = []
    for line, *cells in source.rows(_ROLES, ("first", "second", "outcome"), faults, songs):
        try:
            entries.append(_entry(dict(zip(_ROLES, cells, strict=True))))
        except ValueError as error:
            raise InputError(f"{faults.where}, {faults.unit} {line}: {error}") from error
    if not entries:
        raise InputError(f"{path} holds no battle; expected a row for each.")
    battles = Battles(**{name: [entry[name] for entry in entries] for name in entries[0]})
    if not source.is_arena:
        check_songs(str(path), battles.first, battles.second, battles.prompt)
    return VoteFile(battles, songs, Origin(name=path.name, sha256=source.digest()))


def _entry(cells: dict[str, object]) -> dict[str, Any]:
    """Return the fields of `Battles` of one row; an unreadable cell is a `ValueError`."""
    entry: dict[str, Any] = {name: name_of(cells[name]) for name in _NAMES}
    for side in ("first", "second"):
        if entry[side] is None:
            raise ValueError(
                f"expected the id of the {side} song, got {shown(cells[side])}; name it, or leave"
                " the row out."
            )
    day, month = day_of(cells["date"], cells["day"])
    return entry | {
        "outcome": vote_of(cells["outcome"]),
        "month": month,
        "day": day,
        "instrumental": flag_of(cells["instrumental"]),
    }
