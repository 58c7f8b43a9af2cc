"""Votes on pairs as Music Arena publishes them: released rows, and its raw log.

Columns and keys are those of `plaudit.datasets.corpora.music_arena`. What a listening test does not
have is null: hardware, and the times of a gateway. A prompt of a test is ready-made. The voter
stands where the log has a salted fingerprint; no address does.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from plaudit.arena.results.row import SideRow, SongFact, VoteRow
from plaudit.arena.results.written import day_of, near
from plaudit.arena.sounds.cut import SAMPLE_RATE
from plaudit.core.file import write_atomic
from plaudit.core.outcome import Outcome

ROWS = "battles.jsonl"
_PREFERENCE = {
    Outcome.FIRST: "A", Outcome.SECOND: "B", Outcome.TIE: "TIE", Outcome.NEITHER: "BOTH_BAD",
}  # fmt: skip
_LETTERS = ("a", "b")


def write_released(
    rows: Iterable[VoteRow], songs: Mapping[str, SongFact], folder: Path, place: Path
) -> None:
    """Write released rows into a folder, with paths of songs as seen from ``place``."""
    lines = [
        json.dumps(_released(row, songs, place), ensure_ascii=False)
        for row in rows
        if row.outcome is not None
    ]
    write_atomic(folder / ROWS, "".join(f"{line}\n" for line in lines))


def write_log(
    rows: Iterable[VoteRow], songs: Mapping[str, SongFact], folder: Path, place: Path
) -> tuple[str, ...]:
    """Write the raw log into a folder, a file a battle; return their names.

    Paths of songs are as seen from ``place``.
    """
    names = []
    for row in rows:
        if row.outcome is not None:
            names.append(f"{quote(row.task, safe='')}.json")
            text = json.dumps(_logged(row, songs, place), ensure_ascii=False, indent=1)
            write_atomic(folder / names[-1], text)
    return tuple(names)


def _released(row: VoteRow, songs: Mapping[str, SongFact], folder: Path) -> dict[str, Any]:
    released: dict[str, Any] = {
        "battle_uuid": row.task,
        "date": day_of(row),
        "prompt": row.prompt,
        "is_instrumental": row.instrumental,
        "is_prebaked": True,
        "user_pseudonym": row.voter,
        "preference": _PREFERENCE[row.outcome] if row.outcome is not None else None,
        "feedback": row.comment,
        "timestamp": row.received,
        "lyrics": row.lyrics,
    }
    for letter, side in zip(_LETTERS, row.sides, strict=True):
        fact = songs.get(side.song)
        made = {
            "audio": (near(fact.path, folder) if fact else None) or "",
            "system": side.system,
            "total_listening_time": side.heard_s,
            "hardware": None,
            "system_time": fact.made_in_s if fact else None,
            "gateway_time": None,
            "duration": fact.duration_s if fact else None,
            "sample_rate": SAMPLE_RATE,
            "listen_data": json.dumps(side.played),
        }
        released |= {f"{name}_{letter}": value for name, value in made.items()}
    return released


def _logged(row: VoteRow, songs: Mapping[str, SongFact], folder: Path) -> dict[str, Any]:
    prompt = {
        "overall_prompt": row.prompt,
        "instrumental": row.instrumental,
        "lyrics": row.lyrics,
        "duration": None,
    }
    vote: dict[str, Any] = {
        "preference": _PREFERENCE[row.outcome] if row.outcome is not None else None,
        "preference_time": row.received,
        "feedback": row.comment,
        "feedback_time": None,
    }
    log: dict[str, Any] = {
        "uuid": row.task,
        "prompt": prompt,
        "prompt_detailed": prompt,
        "prompt_user": None,
        "prompt_session": None,
        "prompt_prebaked": True,
        "prompt_routed": False,
    }
    for letter, side in zip(_LETTERS, row.sides, strict=True):
        log[f"{letter}_audio_url"] = _audio(side, songs, folder)
        log[f"{letter}_metadata"] = _metadata(side, songs)
        vote[f"{letter}_listen_data"] = side.played
        vote[f"{letter}_feedback"] = ", ".join(side.reasons)
    voter = {"salted_ip": None, "salted_fingerprint": row.voter}
    return {**log, "vote": vote, "vote_user": voter, "vote_session": None, "timings": []}


def _audio(side: SideRow, songs: Mapping[str, SongFact], folder: Path) -> str | None:
    fact = songs.get(side.song)
    return near(fact.path, folder) if fact else None


def _metadata(side: SideRow, songs: Mapping[str, SongFact]) -> dict[str, Any]:
    tag, _, variant = side.system.partition(":")
    fact = songs.get(side.song)
    made_in_s = fact.made_in_s if fact else None
    return {
        "system_key": {"system_tag": tag, "variant_tag": variant or None},
        "system_time_queued": None,
        # Only their difference is known, and so they count from 0.
        "system_time_started": None if made_in_s is None else 0.0,
        "system_time_completed": made_in_s,
        "gateway_time_started": None,
        "gateway_time_completed": None,
        "gateway_num_retries": None,
        "size_bytes": None,
        "lyrics": fact.lyrics if fact else None,
        "sample_rate": SAMPLE_RATE,
        "num_channels": 2,
        "duration": fact.duration_s if fact else None,
        "checksum": None,
    }
