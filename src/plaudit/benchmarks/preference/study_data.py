"""Battles whose songs have numbers, as arrays: who met whom, who won, and scores of each song.

Where a number is missing:

- an axis that neither song of a battle has (the naturalness of two instrumentals) counts as
  equal: the difference is 0;
- a battle in which only one song has an axis is left out, and counted with the reason;
- a control (length, loudness, acoustics) that is missing on a side counts as equal too.

Which song of a battle is the first here is drawn from their ids, whatever their sides were: an AUC
of "the first wins" depends on it, and models do not know the sides. ``turned`` says where it is not
the one that stood first in the file.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles, Objects
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
CONTROLS = ("duration", "loudness", "acoustics")


@dataclass(frozen=True, eq=False)
class StudyData:
    """Battles whose songs have numbers, in order of their content."""

    place: Places  #: (n,) place of each battle in the file.
    turned: NDArray[np.bool_]  #: (n,) whether the first song here is the second in the file.
    first_won: Floats  #: (n,) 1 or 0; nan for a tie.
    #: (n,) places of the songs in ``numbers``.
    first: Places
    second: Places
    #: (n,) as in `Battles`.
    prompt: Objects
    voter: Objects
    first_system: Objects
    second_system: Objects
    month: Objects
    instrumental: Objects
    day: Floats  #: (n,) as in `Battles`.
    numbers: Numbers  #: Songs.
    recording: Places  #: (n_songs,) number of each song's recording.
    taught: NDArray[np.bool_]  #: (n_songs,) whether a song taught the judge of the scores.
    read: int  #: Battles that came.
    #: Prompt and voter of each that was answered NEITHER; these are not among n.
    neither: tuple[Objects, Objects]
    dropped: Mapping[str, int]  #: How many were left out, by reason.
    notes: tuple[str, ...] = field(default=())  #: Sentences for the record.

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Whether one song was preferred, (n,)."""
        return ~np.isnan(self.first_won)

    def as_voted(self, won: Floats) -> tuple["StudyData", Floats]:
        """Return the battles and outcomes (n,) with the songs on their sides in the file."""

        def back(here: NDArray[Any], there: NDArray[Any]) -> NDArray[Any]:
            return np.where(self.turned, there, here)

        voted = replace(
            self,
            turned=np.zeros_like(self.turned),
            first_won=back(self.first_won, 1 - self.first_won),
            first=back(self.first, self.second),
            second=back(self.second, self.first),
            first_system=back(self.first_system, self.second_system),
            second_system=back(self.second_system, self.first_system),
        )
        return voted, back(won, 1 - won)

    def sides(self, family: str) -> tuple[Floats, Floats]:
        """Return the numbers of a family for both songs of each battle, each (n, n_names)."""
        values = self.numbers.columns[family][1]
        a, b = values[self.first], values[self.second]
        known = ~(np.isnan(a) | np.isnan(b))
        middle = np.array([_middle(column) for column in values.T])
        return np.where(known, a, middle), np.where(known, b, middle)


def _middle(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else 0.0


def gather(battles: Battles, numbers: Numbers) -> StudyData:
    """Bring battles and songs together, and count what cannot be used.

    Raises
    ------
    InputError
        The scores have no popularity or no aesthetics, hold an infinite number, or leave no battle
        that was decided.
    """
    if not numbers.song_id:
        why = {"a song has no scores": len(battles.first)}
        raise InputError(_nothing(len(battles.first), np.zeros(0, bool), 0, why, battles, {}))
    _check(numbers)
    numbers = _sorted(numbers)
    row = {song: k for k, song in enumerate(numbers.song_id)}
    if len(row) < len(numbers.song_id):
        twice = Counter(numbers.song_id).most_common(1)[0][0]
        raise InputError(f"Expected one row of scores a song, got song '{twice}' more than once.")
    first = np.array([row.get(song, -1) for song in battles.first], np.intp)
    second = np.array([row.get(song, -1) for song in battles.second], np.intp)
    reason = np.full(len(first), None, object)
    outcome = battles.column("outcome")
    _mark(reason, np.array([vote is None for vote in outcome], bool), "nobody voted")
    _mark(reason, np.asarray(np.minimum(first, second) < 0), "a song has no scores")
    same = np.array([a == b for a, b in zip(battles.first, battles.second, strict=True)], bool)
    _mark(reason, same, "a song meets itself")
    recording = np.array(numbers.recording or range(len(numbers.song_id)), np.intp)
    _mark(reason, recording[first] == recording[second], "both songs are one recording")
    for family in ("popularity", "aesthetics"):
        names, values = numbers.columns[family]
        known = ~np.isnan(values)
        a, b = known[first], known[second]
        some = np.asarray(a.any(axis=1) & b.any(axis=1))
        _mark(reason, ~some, f"a song has no score of {family}")
        for k, axis in enumerate(names):
            _mark(reason, a[:, k] != b[:, k], f"only one song has a score of {axis}")
    dropped = Counter(str(why) for why in reason if why is not None)
    usable = np.array([why is None for why in reason], bool)
    neither = usable & np.array([vote is Outcome.NEITHER for vote in outcome], bool)
    kept = _in_order(battles, np.flatnonzero(usable & ~neither))
    turned = np.array([battles.first[k] != _pair(battles, k)[0] for k in kept], bool)
    side = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0}
    won = np.array([side.get(vote, math.nan) for vote in outcome[kept]], np.float64)
    won = np.where(turned, 1 - won, won)
    systems = [battles.column(name)[kept] for name in ("first_system", "second_system")]
    if not np.any(~np.isnan(won)):
        raise InputError(_nothing(len(first), neither, len(kept), dropped, battles, row))
    day = np.array([math.nan if x is None else x for x in battles.column("day")], np.float64)
    return StudyData(
        place=kept,
        turned=turned,
        first_won=won,
        first=np.where(turned, second[kept], first[kept]),
        second=np.where(turned, first[kept], second[kept]),
        prompt=battles.column("prompt")[kept],
        voter=battles.column("voter")[kept],
        first_system=np.where(turned, systems[1], systems[0]),
        second_system=np.where(turned, systems[0], systems[1]),
        month=battles.column("month")[kept],
        instrumental=battles.column("instrumental")[kept],
        day=day[kept],
        numbers=numbers,
        recording=recording,
        taught=np.array(numbers.taught or [False] * len(numbers.song_id), bool),
        read=len(first),
        neither=(battles.column("prompt")[neither], battles.column("voter")[neither]),
        dropped=dict(sorted(dropped.items())),
        notes=_notes(numbers, recording, first[kept], second[kept]),
    )


def _sorted(numbers: Numbers) -> Numbers:
    """Return the songs in order of their ids."""
    order = sorted(range(len(numbers.song_id)), key=numbers.song_id.__getitem__)
    return replace(
        numbers,
        song_id=tuple(numbers.song_id[k] for k in order),
        columns={
            family: (names, values[order]) for family, (names, values) in numbers.columns.items()
        },
        recording=tuple(numbers.recording[k] for k in order if numbers.recording),
        taught=tuple(numbers.taught[k] for k in order if numbers.taught),
    )


def _in_order(battles: Battles, kept: Places) -> Places:
    """Return battles in order of their content: neither rows nor sides change a digit."""
    columns = [battles.column(name) for name in ("prompt", "voter", "day")]
    winner = {Outcome.FIRST: battles.first, Outcome.SECOND: battles.second}

    def content(place: int) -> list[str]:
        outcome = battles.outcome[place]
        own = None if outcome is None else winner.get(outcome)
        won = "a tie" if own is None else f"won by {own[place]}"
        return [*_pair(battles, place), *(str(column[place]) for column in columns), won]

    return np.array(sorted(kept.tolist(), key=content), np.intp)


def _pair(battles: Battles, place: int) -> tuple[str, str]:
    """Return the songs of a battle, the first drawn from their ids."""
    a, b = sorted((battles.first[place], battles.second[place]))
    digest = hashlib.sha256(f"{a}\0{b}".encode(errors="surrogatepass")).digest()
    return (a, b) if digest[0] % 2 else (b, a)


def _mark(reason: Objects, wrong: NDArray[np.bool_], why: str) -> None:
    """Set the reason of battles that are wrong and have none yet."""
    reason[wrong & np.array([known is None for known in reason], bool)] = why


def _check(numbers: Numbers) -> None:
    for family, axes in (("popularity", POPULARITY), ("aesthetics", AESTHETICS)):
        values = numbers.columns.get(family, ((), np.zeros((0, 0))))[1]
        if not values.size or np.isnan(values).all():
            raise InputError(
                f"Expected scores of {family} ({', '.join(axes)}), got none; the study asks what"
                " aesthetics add to popularity, so it needs both."
            )
    for family, (names, values) in numbers.columns.items():
        wrong = np.argwhere(np.isinf(values))
        if len(wrong):
            song, column = wrong[0]
            raise InputError(
                f"Expected finite numbers of {family}, got {values[song, column]} for"
                f" {names[column]} of song '{numbers.song_id[song]}'; correct the scores."
            )


def _nothing(
    n: int,
    neither: NDArray[np.bool_],
    ties: int,
    dropped: Mapping[str, int],
    battles: Battles,
    row: Mapping[str, int],
) -> str:
    """Return the sentence that says why no battle is left to study."""
    parts = [f"{count} left out because {why}" for why, count in dropped.items()]
    parts += [f"{ties} tied"] if ties else []
    parts += [f"{int(neither.sum())} answered neither"] if neither.any() else []
    missing = next((song for song in (*battles.first, *battles.second) if song not in row), None)
    hint = "" if missing is None else f" (the first song without scores is '{missing}')"
    return (
        f"Expected at least one battle in which one song was preferred and both have scores, got"
        f" {n} battles: {', '.join(parts) or 'none at all'}{hint}; give other battles or scores."
    )


def _notes(numbers: Numbers, recording: Places, first: Places, second: Places) -> tuple[str, ...]:
    notes = []
    used = np.unique(np.concatenate([first, second]))
    different = len(np.unique(recording[used]))
    if different < len(used):
        notes.append(
            f"The {len(used):,} songs are {different:,} recordings: some have the same audio. Their"
            " battles are linked, so that no recording is in both training and test."
        )
    for family in ("popularity", "aesthetics"):
        names, table = numbers.columns[family]
        for axis, n in zip(names, np.isnan(table[used]).sum(axis=0).tolist(), strict=True):
            if n:
                notes.append(
                    f"There is no score of {axis} for {n:,} of {len(used):,} songs; it says nothing"
                    " where neither song of a battle has one."
                )
    for family in CONTROLS:
        if family in numbers.columns:
            unknown = np.asarray(np.isnan(numbers.columns[family][1]).any(axis=1))
            n = int(np.count_nonzero(unknown[first] | unknown[second]))
            if n:
                notes.append(
                    f"{family.capitalize()} is unknown for a song of {n:,} battles, and counts as"
                    " equal there."
                )
    return tuple(notes)
