"""Music Arena: live battles of text-to-music systems, published month by month.

Two forms are read. Released rows (a JSON file a battle in ``battle_data/02-2025SEP`` and so on, or
a part as JSON Lines or Parquet) have 29 columns: ``battle_uuid, date, prompt, is_instrumental,
is_prebaked, user_pseudonym, audio_a, system_a, audio_b, system_b, preference`` (A, B, TIE,
BOTH_BAD), ``total_listening_time_a, total_listening_time_b, feedback, timestamp, lyrics,
hardware_a, hardware_b, system_time_a, system_time_b, gateway_time_a, gateway_time_b, duration_a,
duration_b, sample_rate_a, sample_rate_b, listen_data_a, listen_data_b``. ``system_time`` are the
seconds that a system worked, ``gateway_time`` those with network and queue, which are not read. The
raw log has one ``<uuid>.json`` a battle: see `plaudit.datasets.corpora.arena_log`.

A song is a side of a battle: ``<battle_uuid>/a``. Paths of audio are as seen from the folder of the
rows, or from the one that holds ``battle_data``. The audio of two systems is withheld (``""``).

References
----------
Music Arena: Live Evaluation for Text-to-Music, arXiv 2507.20900.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from plaudit.datasets.corpora.arena_log import log_rows, read_battle, took_s
from plaudit.datasets.corpora.arena_log import sample as sample_log
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import (
    Key,
    Line,
    Number,
    OptionalKey,
    Positive,
    Sound,
    Text,
    parse,
    read_lines,
)
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import BattleRow, Row, SongRow
from plaudit.datasets.reading.sample import write_jsonl
from plaudit.datasets.reading.spelling import Moment, OutcomeOf, prompt_key

_WITHHELD = "the audio of this system is withheld"
FACTS = Facts(
    name="music-arena",
    title="Music Arena",
    rows="live battles, a new part every month since July 2025",
    hub="music-arena/music-arena-dataset",
    where="https://huggingface.co/datasets/music-arena/music-arena-dataset, parts 2025_07-08,"
    " 2025_09 and so on",
    licence="CC-BY-4.0",
    citation="Music Arena: Live Evaluation for Text-to-Music, arXiv 2507.20900",
    audio="in the release; that of two systems is withheld",
    labels=(Label(name="preference", kind="battle", meaning="Which song was preferred."),),
    files=(
        "*.jsonl",
        "*.parquet",
        "*/*.jsonl",
        "*/*.parquet",
        "*.json",
        "*/*.json",
        "battle_data/*/*.json",
    ),
    layout="the release as it is, a month's rows as JSON Lines or Parquet, or the raw log with one"
    " JSON file a battle",
    known_faults=(
        "A vote for both bad is not a tie: it is kept apart everywhere.",
        "Listeners write the prompts, and voters are whoever came by.",
        "Voting opens after four seconds of each song: many votes are about beginnings.",
        "Ready-made prompts return in many battles; equal prompts share a prompt id here.",
        "How the release spells a system of several variants is taken as it comes; the raw log"
        " gives <tag>:<variant>.",
    ),
)


class _Battle(Line):
    battle_uuid: Key = Field(min_length=1)
    date: Moment
    prompt: Text
    is_instrumental: bool | None
    is_prebaked: bool | None = None
    user_pseudonym: OptionalKey = None
    audio_a: Sound
    system_a: str = Field(min_length=1)
    audio_b: Sound
    system_b: str = Field(min_length=1)
    preference: OutcomeOf
    total_listening_time_a: Positive = None
    total_listening_time_b: Positive = None
    lyrics: Text = None
    duration_a: Positive = None
    duration_b: Positive = None
    system_time_a: Number = None
    system_time_b: Number = None
    # Known and not needed for a row: named here so that they are not reported as unknown.
    feedback: Any = None
    timestamp: Any = None
    hardware_a: Any = None
    hardware_b: Any = None
    gateway_time_a: Any = None
    gateway_time_b: Any = None
    sample_rate_a: Any = None
    sample_rate_b: Any = None
    listen_data_a: Any = None
    listen_data_b: Any = None


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    for path in source.files:
        raw = read_battle(path, account) if path.suffix == ".json" else None
        if raw is not None and "battle_uuid" not in raw:
            yield from log_rows(FACTS.name, raw, path, source.folder, account)
            continue
        for number, battle in _released(path, raw, account):
            if battle.battle_uuid in seen:
                account.fault(path, number, f"battle_uuid {battle.battle_uuid} came before.")
                continue
            seen.add(battle.battle_uuid)
            yield from _rows(battle, _root(path.parent))


def _released(
    path: Path, raw: dict[str, Any] | None, account: Account
) -> Iterator[tuple[int, _Battle]]:
    """Yield the released rows of a file with their lines; ``raw`` is the one of a JSON file."""
    if path.suffix != ".json":
        yield from read_lines(path, _Battle, account)
    elif raw is not None and (battle := parse(path, 1, raw, _Battle, account)) is not None:
        yield 1, battle


def _root(folder: Path) -> Path:
    """Return where paths of audio begin, for rows in a folder."""
    whole = folder.absolute()
    return whole.parents[1] if whole.parent.name == "battle_data" else folder


def _rows(battle: _Battle, folder: Path) -> Iterator[Row]:
    request = prompt_key(battle.prompt, battle.lyrics)
    songs = (f"{battle.battle_uuid}/a", f"{battle.battle_uuid}/b")
    sides = (
        (songs[0], battle.audio_a, battle.system_a, battle.duration_a, battle.system_time_a),
        (songs[1], battle.audio_b, battle.system_b, battle.duration_b, battle.system_time_b),
    )
    for song, audio, system, length, seconds in sides:
        yield SongRow(
            corpus=FACTS.name,
            song_id=song,
            path=folder / audio if audio else None,
            duration_s=length or None,
            made_in_s=took_s(0.0, seconds),
            system=system,
            prompt_id=request,
            prompt=battle.prompt,
            instrumental=battle.is_instrumental,
            created=battle.date,
            withheld=None if audio else _WITHHELD,
        )
    yield BattleRow(
        corpus=FACTS.name,
        battle_id=battle.battle_uuid,
        first=songs[0],
        second=songs[1],
        outcome=battle.preference,
        prompt_id=request,
        prompt=battle.prompt,
        voter=battle.user_pseudonym,
        date=battle.date,
        listened_first_s=battle.total_listening_time_a,
        listened_second_s=battle.total_listening_time_b,
        instrumental=battle.is_instrumental,
    )


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    rows = []
    for number, vote in enumerate(("A", "B", "TIE", "BOTH_BAD", "A", "B")):
        played = [["PLAY", 1.7e9], ["TICK", 1.7e9 + 2], ["STOP", 1.7e9 + 6]]
        row: dict[str, Any] = {
            "battle_uuid": f"made-up-{number}",
            "date": f"2025-09-0{1 + number}",
            "prompt": f"made-up prompt {number // 2}",
            "is_instrumental": bool(number % 2),
            "is_prebaked": number < 2,
            "user_pseudonym": f"somebody-{number % 3}",
            "preference": vote,
            "feedback": "",
            "timestamp": 1.7567e9 + 86_400 * number,
            "lyrics": "" if number % 2 else f"la la {number // 2}",
        }
        for side, system in (("a", "invented"), ("b", "kept-back")):
            row |= {
                f"audio_{side}": f"audio/{number}_{side}.mp3" if system == "invented" else "",
                f"system_{side}": system,
                f"total_listening_time_{side}": float(rng.uniform(4, 60)),
                f"hardware_{side}": "api",
                f"system_time_{side}": float(rng.uniform(1, 60)),
                f"gateway_time_{side}": float(rng.uniform(1, 60)),
                f"duration_{side}": float(rng.uniform(10, 60)),
                f"sample_rate_{side}": 44_100,
                f"listen_data_{side}": json.dumps(played),
            }
        rows.append(row)
    write_jsonl(folder / "2025_09.jsonl", rows)
    sample_log(folder / "log", rng)


READER = Reader(FACTS, read, sample)
