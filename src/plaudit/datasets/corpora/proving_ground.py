"""The proving ground: a corpus that ``plaudit synth corpus`` made, with the truth of every song.

``songs.parquet`` has a row a song, ``ratings.parquet`` a row a rater, song and axis,
``battles.parquet`` and ``falsification.parquet`` a row a vote, ``prompts.parquet`` the prompts; the
meaning of every column stands in the files. Ratings are whole points of 1-5. Besides them a song
has what it is worth before any rater's noise (``expected_<axis>``, 1-5), the positions of its five
knobs (``knob_<axis>``, 0-1), and charm. Songs of the training systems have no split of their own;
all others are "test".
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import MissingFileError
from plaudit.core.file import is_file
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import (
    Count,
    Grade,
    Line,
    Number,
    Positive,
    Share,
    Text,
    read_lines,
)
from plaudit.datasets.reading.promise import (
    Facts,
    Label,
    Reader,
    Source,
    aesthetic_labels,
    opinion,
)
from plaudit.datasets.reading.row import BattleRow, Row, SongRow
from plaudit.datasets.reading.sample import write_parquet
from plaudit.datasets.reading.spelling import OutcomeOf

SONGS, RATINGS, PROMPTS = "songs.parquet", "ratings.parquet", "prompts.parquet"
BATTLES = ("battles.parquet", "falsification.parquet")
_FACTS = Facts(
    name="proving-ground",
    title="The proving ground",
    rows="as many songs as you ask for, with ratings, plays, likes and battles",
    where="plaudit synth corpus",
    licence="Apache-2.0: it is yours",
    citation="Plaudit, docs/proving-ground.md",
    audio="in the folder, audio/",
    labels=(
        *aesthetic_labels("ratings"),
        *(
            opinion(f"expected_{axis}", f"What {axis} is worth before any rater's noise.")
            for axis in AESTHETICS
        ),
        *(
            Label(
                name=f"knob_{axis}",
                kind="score",
                low=0,
                high=1,
                meaning=f"Position of the knob of {axis}, 0 worst, 1 flawless.",
            )
            for axis in AESTHETICS
        ),
        Label(name="charm", kind="score", meaning="What is liked without being well made."),
        Label(name="plays", kind="count", low=0, meaning="Plays on a simulated platform."),
        Label(name="likes", kind="count", low=0, meaning="Likes on a simulated platform."),
        Label(name="preference", kind="battle", meaning="Which song a simulated voter preferred."),
    ),
    files=(SONGS, RATINGS, *BATTLES, PROMPTS),
    layout="a folder as plaudit synth corpus makes it",
    known_faults=(
        "Nothing in it is a measurement on people: listeners are simulated.",
        "Naturalness of instrumentals is not rated.",
        "Only songs of the two training systems are played and liked.",
    ),
)


class _Song(Line):
    song_id: str = Field(min_length=1)
    role: Literal["training", "held-out", "falsification"]
    system: str = Field(min_length=1)
    platform: Text = None
    prompt_id: Text = None
    file: str = Field(min_length=1)
    sha256: Text = None
    style: Text = None
    duration_s: Positive = None
    instrumental: bool | None = None
    age_days: Count = None
    plays: Count = None
    likes: Count = None
    charm: Number = None
    expected_coherence: Grade = None
    expected_musicality: Grade = None
    expected_memorability: Grade = None
    expected_clarity: Grade = None
    expected_naturalness: Grade = None
    knob_coherence: Share = None
    knob_musicality: Share = None
    knob_memorability: Share = None
    knob_clarity: Share = None
    knob_naturalness: Share = None


class _Rating(Line):
    song_id: str = Field(min_length=1)
    rater: str = Field(min_length=1)
    axis: str
    rating: Grade


class _Prompt(Line):
    prompt_id: str = Field(min_length=1)
    text: Text


class _Battle(Line):
    battle_id: str = Field(min_length=1)
    first: str = Field(min_length=1)
    second: str = Field(min_length=1)
    prompt_id: Text = None
    voter: Text = None
    outcome: OutcomeOf
    listen_first_s: Positive = None
    listen_second_s: Positive = None
    instrumental: bool | None = None


_SCORES = ("charm", *(f"{kind}_{axis}" for kind in ("expected", "knob") for axis in AESTHETICS))


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    folder = source.folder
    if not (folder / SONGS).is_file():
        raise MissingFileError(f"Expected {folder / SONGS}; make it with {_FACTS.where}.")
    ratings = _ratings(folder / RATINGS, account)
    prompts = {
        prompt.prompt_id: prompt.text
        for path in (folder / PROMPTS,)
        if is_file(path)
        for _, prompt in read_lines(path, _Prompt, account)
    }
    seen: set[str] = set()
    for _, song in read_lines(folder / SONGS, _Song, account):
        seen.add(song.song_id)
        values = {name: getattr(song, name) for name in _SCORES}
        yield SongRow(
            corpus=_FACTS.name,
            song_id=song.song_id,
            path=folder / song.file,
            sha256=song.sha256,
            duration_s=song.duration_s,
            system=song.system,
            platform=song.platform,
            prompt_id=song.prompt_id,
            prompt=prompts.get(song.prompt_id or ""),
            style=song.style,
            instrumental=song.instrumental,
            age_days=song.age_days,
            plays=song.plays,
            likes=song.likes,
            ratings={axis: tuple(points) for axis, points in ratings.pop(song.song_id, {}).items()},
            scores={name: value for name, value in values.items() if value is not None},
            split=None if song.role == "training" else "test",
        )
    for song_id in ratings:
        account.fault(folder / RATINGS, 1, f"song_id {song_id} is not in {SONGS}.")
    for path in (folder / name for name in BATTLES):
        if path.is_file():
            yield from _battles(path, seen, prompts, account)


def _ratings(path: Path, account: Account) -> dict[str, dict[str, list[float | None]]]:
    """Return the points of each song by axis, one place a rater of that song."""
    by_song: dict[str, dict[str, dict[str, float | None]]] = {}
    if not path.is_file():
        return {}
    for number, rating in read_lines(path, _Rating, account):
        if rating.axis not in AESTHETICS:
            account.fault(
                path, number, f"axis: expected {', '.join(AESTHETICS)}, got {rating.axis}."
            )
            continue
        points = by_song.setdefault(rating.song_id, {}).setdefault(rating.rater, {})
        points[rating.axis] = rating.rating
    return {
        song: {
            axis: [points.get(axis) for points in raters.values()]
            for axis in AESTHETICS
            if any(axis in points for points in raters.values())
        }
        for song, raters in by_song.items()
    }


def _battles(
    path: Path, seen: set[str], prompts: dict[str, str | None], account: Account
) -> Iterator[Row]:
    for number, battle in read_lines(path, _Battle, account):
        unknown = {battle.first, battle.second} - seen
        if unknown:
            account.fault(path, number, f"song {min(unknown)} is not in {SONGS}.")
            continue
        yield BattleRow(
            corpus=_FACTS.name,
            battle_id=f"{path.stem}/{battle.battle_id}",
            first=battle.first,
            second=battle.second,
            outcome=battle.outcome,
            prompt_id=battle.prompt_id,
            prompt=prompts.get(battle.prompt_id or ""),
            voter=battle.voter,
            listened_first_s=battle.listen_first_s,
            listened_second_s=battle.listen_second_s,
            instrumental=battle.instrumental,
        )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    songs: list[dict[str, Any]] = []
    for number in range(12):
        role = ("training", "training", "held-out")[number % 3]
        played = role == "training"
        plays = int(rng.lognormal(3, 2))
        songs.append(
            {
                "song_id": f"{role[0]}{number:06d}",
                "role": role,
                "system": {"training": "larkspur", "held-out": "fathom"}[role],
                "platform": "archive" if played else None,
                "prompt_id": None if played else f"p{number // 6}",
                "file": f"audio/00/{role[0]}{number:06d}.flac",
                "style": ("folk", "house")[number % 2],
                "duration_s": float(rng.uniform(10, 60)),
                "instrumental": number % 4 == 0,
                "age_days": int(rng.integers(1, 400)) if played else None,
                "plays": plays if played else None,
                "likes": plays // 20 if played else None,
                "charm": float(rng.normal()),
            }
            | {f"expected_{axis}": float(rng.uniform(1, 5)) for axis in AESTHETICS}
            | {f"knob_{axis}": float(rng.uniform()) for axis in AESTHETICS}
        )
    ratings = [
        {"song_id": s["song_id"], "rater": f"rater-{rater}", "axis": axis, "rating": points}
        for s in songs
        if s["role"] == "training"
        for rater in range(4)
        for axis in AESTHETICS
        if not (s["instrumental"] and axis == "naturalness")
        for points in (int(rng.integers(1, 6)),)
    ]
    held_out = [s for s in songs if s["role"] == "held-out"]
    battles = [
        {
            "battle_id": f"b{number}",
            "prompt_id": first["prompt_id"],
            "first": first["song_id"],
            "second": second["song_id"],
            "voter": "voter-1",
            "outcome": ("first", "neither")[number % 2],
            "listen_first_s": 6.0,
            "listen_second_s": 7.0,
            "instrumental": False,
        }
        for number, (first, second) in enumerate(pairwise(held_out))
    ]
    prompts = [{"prompt_id": f"p{number}", "text": f"made-up {number}"} for number in range(2)]
    for name, rows in (
        (SONGS, songs), (RATINGS, ratings), (BATTLES[0], battles), (PROMPTS, prompts),
    ):  # fmt: skip
        write_parquet(folder / name, rows)


READER = Reader(_FACTS, read, _sample)
