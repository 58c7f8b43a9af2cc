"""One answer of one voter with all that is known of it: what every analysis of a test starts from.

Rows are made from the database (`plaudit.arena.results.stored`) or from files of others
(`plaudit.arena.results.brought`), and know neither. What a test does not record is None.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from statistics import median
from typing import Literal

from pydantic import Field

from plaudit.arena.session.record import Headphones, Kind, Purpose
from plaudit.core.outcome import Outcome
from plaudit.core.settings import Record

Role = Literal["contestant", "reference", "hidden reference", "anchor", "damaged"]


class SideRow(Record):
    """A sound of a task, what was heard of it, and what the answer says of it."""

    system: str
    song: str
    role: Role = "contestant"
    heard_s: float | None = None  #: Seconds on the server's clock.
    first: bool | None = None  #: Whether it was heard before the others.
    seeks: int | None = None
    restarts: int | None = None
    score: float | None = None  #: Of MUSHRA, 0-100.
    place: int | None = None  #: Of a rank, from 1, the best.
    reasons: tuple[str, ...] = ()
    #: What the player did and when, s since 1970: PLAY, TICK, PAUSE, STOP, as of Music Arena.
    played: tuple[tuple[str, float], ...] = ()


class Check(Record):
    """A task whose answer says something about the voter."""

    kind: Literal["damaged", "repeat"]
    repeats: str | None = None  #: The task that is asked again, of a repeat.
    passed: bool | None = None  #: Of a damaged copy: whether it was found to be worse.


class VoteRow(Record):
    """One answer."""

    task: str
    voter: str
    kind: Kind
    purpose: Purpose = "vote"
    received: float  #: Seconds since 1970.
    seconds: float | None = None  #: From the task's first showing to the answer.
    events: int | None = None  #: Messages of the player.
    headphones: Headphones | None = None  #: What the voter said of the tones on the level page.
    prompt_id: str | None = None
    prompt: str | None = None
    lyrics: str | None = None
    instrumental: bool | None = None
    sides: tuple[SideRow, ...]  #: In the order shown.
    outcome: Outcome | None = None  #: Of a battle.
    ratings: dict[str, float] = Field(default_factory=dict)  #: Of a rating, by axis.
    comment: str = ""
    check: Check | None = None

    @property
    def counts(self) -> bool:
        """Whether it is a vote on contestants, and no training, check or repeat."""
        return self.purpose == "vote" and self.check is None

    @property
    def heard_s(self) -> float | None:
        """Seconds heard of all sides together; None where some are not known."""
        known = [side.heard_s for side in self.sides if side.heard_s is not None]
        return sum(known) if len(known) == len(self.sides) else None


class SongFact(Record):
    """A song of a test."""

    song: str
    system: str
    role: Role = "contestant"
    path: str | None = None  #: Its file.
    prompt_id: str | None = None
    prompt: str | None = None
    lyrics: str | None = None
    instrumental: bool | None = None
    duration_s: float | None = None
    made_in_s: float | None = None  #: Seconds that its system took to make it, where that is known.

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which a file of scores may call it, the surest first."""
        if self.path is None:
            return (self.song,)
        path = PurePath(self.path)
        return self.song, self.path, path.name, path.stem


class Speed(Record):
    """How fast a system makes music."""

    system: str
    songs: int
    #: Medians over songs: seconds that one took, and seconds of music made in a second.
    seconds: float
    real_time: float | None


def speeds_of(songs: Iterable[SongFact]) -> tuple[Speed, ...]:
    """Return the speed of each system whose songs say how long they took, in order of name."""
    made: dict[str, list[SongFact]] = {}
    for song in songs:
        if song.made_in_s:
            made.setdefault(song.system, []).append(song)
    return tuple(
        Speed(
            system=system,
            songs=len(own),
            seconds=median(song.made_in_s or 0.0 for song in own),
            real_time=median(ratios) if (ratios := list(_real_time(own))) else None,
        )
        for system, own in sorted(made.items())
    )


def _real_time(songs: Iterable[SongFact]) -> Iterator[float]:
    for song in songs:
        if song.duration_s is not None and song.made_in_s:
            yield song.duration_s / song.made_in_s


def by_voter(rows: Iterable[VoteRow]) -> dict[str, list[VoteRow]]:
    """Return the rows of each voter, in order of time; voters in order of name."""
    voters: dict[str, list[VoteRow]] = {}
    for row in sorted(rows, key=lambda row: (row.voter, row.received, row.task)):
        voters.setdefault(row.voter, []).append(row)
    return voters
