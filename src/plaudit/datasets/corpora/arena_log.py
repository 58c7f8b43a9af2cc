"""The raw log of Music Arena: one JSON file a battle, as the arena itself writes it.

``<uuid>.json`` holds ``uuid, prompt {overall_prompt, instrumental, lyrics, duration},
prompt_detailed, prompt_user, prompt_session, prompt_prebaked, prompt_routed, a_audio_url,
a_metadata {system_key {system_tag, variant_tag}, system_time_started, system_time_completed, ...,
sample_rate, num_channels, duration, checksum}``, the same for b, ``vote {a_listen_data,
b_listen_data, preference, preference_time, feedback, ...}, vote_user {salted_ip,
salted_fingerprint}, vote_session, timings``. Listen data are
``[["PLAY" | "PAUSE" | "STOP" | "TICK", unix_time], ...]``. A system worked from started to
completed; before, it was queued.

A song is ``<uuid>/a``, its system ``<system_tag>:<variant_tag>``. A battle without a vote is a row
without a label. What a checksum is of is not documented, so it is not taken for a SHA-256.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from pydantic import Field

from plaudit.core.file import write_atomic
from plaudit.core.parse import ParseError, parse_json
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Line, Number, Positive, Text, parse
from plaudit.datasets.reading.row import BattleRow, Row, SongRow
from plaudit.datasets.reading.spelling import Moment, OutcomeOf, prompt_key

_STARTS, _GOES_ON = "PLAY", "TICK"


class _Prompt(Line):
    overall_prompt: Text
    instrumental: bool | None = None
    lyrics: Text = None


class _Key(Line):
    system_tag: str = Field(min_length=1)
    variant_tag: Text = None


class _Made(Line):
    system_key: _Key
    duration: Positive = None
    system_time_started: Number = None
    system_time_completed: Number = None


class _Vote(Line):
    a_listen_data: list[list[Any]] | None = None
    b_listen_data: list[list[Any]] | None = None
    preference: OutcomeOf
    preference_time: Moment = None


class _User(Line):
    salted_ip: Text = None
    salted_fingerprint: Text = None


class _Log(Line):
    uuid: str = Field(min_length=1)
    prompt: _Prompt | None = None
    prompt_detailed: _Prompt | None = None
    a_audio_url: Text
    a_metadata: _Made
    b_audio_url: Text
    b_metadata: _Made
    vote: _Vote | None
    vote_user: _User | None = None


def read_battle(path: Path, account: Account) -> dict[str, Any] | None:
    """Return the object in a battle's file; None, and a fault in the account, if there is none."""
    try:
        raw = parse_json(path.read_bytes(), finite=False)
    except ParseError as error:
        line = getattr(error.__cause__, "lineno", 1)
        account.fault(path, line, f"expected a JSON object, but {error}.")
        return None
    if not isinstance(raw, dict):
        account.fault(path, 1, f"expected a JSON object, got a {type(raw).__name__}.")
        return None
    return raw


def log_rows(
    corpus: str, raw: Mapping[str, Any], path: Path, folder: Path, account: Account
) -> Iterator[Row]:
    """Yield the rows of one battle of the log; ``audio/`` of the corpus may hold the audio.

    Yields
    ------
    SongRow or BattleRow
        Both songs, then the battle.
    """
    log = parse(path, 1, raw, _Log, account)
    if log is None:
        return
    prompt = log.prompt_detailed or log.prompt
    request = prompt_key(prompt.overall_prompt, prompt.lyrics) if prompt else None
    songs = (f"{log.uuid}/a", f"{log.uuid}/b")
    sides = (
        (songs[0], log.a_audio_url, log.a_metadata),
        (songs[1], log.b_audio_url, log.b_metadata),
    )
    for song, url, made in sides:
        key = made.system_key
        yield SongRow(
            corpus=corpus,
            song_id=song,
            path=folder / "audio" / PurePosixPath(url).name if url else None,
            duration_s=made.duration or None,
            made_in_s=took_s(made.system_time_started, made.system_time_completed),
            system=f"{key.system_tag}:{key.variant_tag}" if key.variant_tag else key.system_tag,
            prompt_id=request,
            prompt=prompt.overall_prompt if prompt else None,
            instrumental=prompt.instrumental if prompt else None,
            withheld=None if url else "the log names no audio",
        )
    vote, user = log.vote, log.vote_user
    yield BattleRow(
        corpus=corpus,
        battle_id=log.uuid,
        first=songs[0],
        second=songs[1],
        outcome=vote.preference if vote else None,
        prompt_id=request,
        prompt=prompt.overall_prompt if prompt else None,
        voter=(user.salted_fingerprint or user.salted_ip) if user else None,
        date=vote.preference_time if vote else None,
        listened_first_s=listened_s(vote.a_listen_data) if vote else None,
        listened_second_s=listened_s(vote.b_listen_data) if vote else None,
        instrumental=prompt.instrumental if prompt else None,
    )


def took_s(started: float | None, completed: float | None) -> float | None:
    """Return the seconds between two moments; None if one is missing or they are not in order."""
    if started is None or completed is None or not completed > started:
        return None
    return completed - started


def listened_s(events: list[list[Any]] | None) -> float | None:
    """Return for how many seconds something played, from events with their Unix times, in order.

    What still plays at the end counts to its last event. None without events, or where one cannot
    be read.

    Examples
    --------
    >>> listened_s([["PLAY", 10.0], ["PAUSE", 14.0], ["PLAY", 20.0], ["TICK", 21.5]])
    5.5
    """
    if events is None:
        return None
    total, since = 0.0, None
    last = since
    for event in events:
        if len(event) != 2 or not isinstance(event[1], int | float):
            return None
        kind, at = str(event[0]), float(event[1])
        last = at
        if kind == _STARTS:
            since = at if since is None else since
        elif kind != _GOES_ON and since is not None:
            total, since = total + at - since, None
    if since is not None and last is not None:
        total += last - since
    return max(total, 0.0)


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write two made-up battles of the log, one without a vote."""
    for number in range(2):
        start = 1.7567e9 + 1000 * number
        made = {
            side: {
                "system_key": {"system_tag": tag, "variant_tag": "initial"},
                "system_time_queued": start - 70,
                "system_time_started": start - 60,
                "system_time_completed": start - float(rng.uniform(1, 50)),
                "size_bytes": 1,
                "sample_rate": 44_100,
                "num_channels": 2,
                "duration": float(rng.uniform(10, 60)),
                "checksum": "made-up",
            }
            for side, tag in (("a", "invented"), ("b", "made-up"))
        }
        prompt = {"overall_prompt": f"log {number}", "instrumental": True, "lyrics": None}
        events = [["PLAY", start], ["TICK", start + 2], ["PAUSE", start + 5]]
        vote = {
            "a_listen_data": events,
            "b_listen_data": events,
            "preference": "B",
            "preference_time": start + 20,
            "feedback": None,
        }
        battle = {
            "uuid": f"log-{number}",
            "prompt": prompt,
            "prompt_detailed": prompt,
            "prompt_user": {"salted_ip": "x", "salted_fingerprint": None},
            "prompt_prebaked": False,
            "a_audio_url": f"https://nowhere.invalid/log-{number}-a.mp3",
            "a_metadata": made["a"],
            "b_audio_url": f"https://nowhere.invalid/log-{number}-b.mp3",
            "b_metadata": made["b"],
            "vote": vote if number == 0 else None,
            "vote_user": {"salted_ip": "x", "salted_fingerprint": "y"},
            "vote_session": None,
            "timings": [],
        }
        write_atomic(folder / f"log-{number}.json", json.dumps(battle))
