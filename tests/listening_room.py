"""A room with songs written by hand: what is heard does not matter, whose it is does."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plaudit.arena.database.schema import StoredSong
from plaudit.arena.session.record import Answer, Event, PlayerEvent, Task
from plaudit.arena.session.room import Room
from plaudit.core.database import writing

SILENCE = "0" * 64
SECONDS = 6
_NONCE = itertools.count()


def write_test(path: Path, kind: str = "battle", **sections: dict[str, Any]) -> Path:
    """Write a small test; ``tasks={"per_voter": 3}`` and the like add to its sections."""
    tasks = {"training": 0, "checks": 0.0, "repeats": 0.0, "pairing": "uniform"}
    tables = {**sections, "tasks": {**tasks, **sections.get("tasks", {})}}
    lines = ['name = "t"', 'title = "A test"', f'kind = "{kind}"']
    for name, values in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(inner)}' for key, inner in value.items()) + "}"
    return json.dumps(value)


def song(system: str, item: str, role: str = "song", of: str | None = None) -> StoredSong:
    """A row of a song, with a sound that all share."""
    return StoredSong(
        id=f"{system}-{item}-{role}", system=system, item=item, prompt_id=item, prompt=f"A {item}",
        lyrics=None, instrumental=None, role=role, of=of, note=role, source=f"{system}/{item}.wav",
        sha256=SILENCE, n_frames=44_100 * SECONDS, loudness_lufs=-20.0, gain_db=0.0, added=0.0,
    )  # fmt: skip


def add_songs(path: Path, songs: Sequence[StoredSong], database: str | None = None) -> Room:
    """Put songs into a test's database; return its room."""
    with Room.open(path, database) as room, writing(room.engine) as session:
        for row in sorted(songs, key=lambda row: row.of is not None):
            session.add(row)
            session.flush()
        room.folder.sounds.mkdir(parents=True, exist_ok=True)
        (room.folder.sounds / f"{SILENCE}.pcm").write_bytes(bytes(4 * 44_100 * SECONDS))
    return Room.open(path, database)


def grid(systems: int, items: int) -> list[StoredSong]:
    """A song of each system for each item."""
    return [song(f"s{s}", f"p{i}") for s in range(systems) for i in range(items)]


def enter(room: Room, **words: Any) -> str:
    return room.enter(consent=True, language="en", **words)


def hear(room: Room, voter: str, task: Task, seconds: float = 5.0, *, now: float = 1000.0) -> float:
    """Hear each side for some seconds; return when it ended."""
    for side in task.sides:
        played = played_events(side.key, seconds)
        room.listen(voter, task.id, played[:1], now=now)
        now += seconds
        room.listen(voter, task.id, played[1:], now=now)
    return now


def played_events(key: str, seconds: float) -> list[Event]:
    """What a player sends: play, a tick each half second, pause."""
    ticks = [k / 2 for k in range(1, int(2 * seconds))]
    kinds: list[tuple[PlayerEvent, float]] = [
        ("play", 0.0), *(("tick", at) for at in ticks), ("pause", seconds)
    ]  # fmt: skip
    return [Event(key=key, kind=kind, position_s=at, at_ms=1000 * at) for kind, at in kinds]


def answer(**words: Any) -> Answer:
    """An answer with a nonce of its own."""
    return Answer(nonce=f"nonce-{next(_NONCE):06d}", **words)
