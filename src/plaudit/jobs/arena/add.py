"""``plaudit arena add`` and ``check``: a test from its file to prepared songs."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from plaudit.arena.definition.check import Readiness, check_test
from plaudit.arena.definition.contestant import Entry, Prompt, read_entries, read_prompts
from plaudit.arena.definition.location import TestFolder, read_test
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.session.room import Room
from plaudit.arena.sounds.take_in import take_in
from plaudit.arena.systems.run import made_entries, make_songs
from plaudit.core.choice import TextForm
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.progress import counting
from plaudit.jobs.output.streams import Streams


class UnreadyError(PlauditError, ValueError):
    """A test misses something; what it is was printed."""


def add_songs(path: Path, database: str | None, invitations: int, streams: Streams) -> None:
    """Ask systems for songs, prepare all songs of a test, make invitations."""
    test, folder = read_test(path)
    if invitations and not test.people.invited:
        raise InputError(
            "Expected `invited = true` in [people] of a test with invitations; set it."
        )
    with Room.open(path, database) as room:
        if not invitations:
            _take(test, folder, room.engine, streams)
        for token in room.invite(invitations):
            streams.show(token)


def _take(test: ListeningTest, folder: TestFolder, engine: Engine, streams: Streams) -> None:
    entries, requests = _named(test, folder)
    if requests:
        with counting("songs made", streams.err) as on_progress:
            missing = make_songs(
                test.contestants, folder, engine, requests, on_progress=on_progress
            )
        for song in missing:
            streams.note(f"{song.system} made no song for '{song.prompt_id}': {song.reason}")
        entries, _ = _named(test, folder)
    with counting("sounds measured and written", streams.err) as on_progress:
        added = take_in(test, folder, engine, entries, on_progress)
    level = "" if added.loudness_lufs is None else f" at {added.loudness_lufs:.1f} LUFS"
    streams.note(
        f"{added.songs:,} songs{level} ({added.added:,} sounds added, {added.removed:,} removed)."
    )


def check(path: Path, database: str | None, form: TextForm, streams: Streams) -> None:
    """Print what a test misses and needs; `UnreadyError` where something is missing."""
    test, folder = read_test(path)
    prepared = None
    if database is not None or (folder.root / "arena.sqlite").is_file():
        with Room.open(path, database) as room:
            prepared = sum(song.role == "song" for song in room.songs.by_id.values())
    entries, requests = _named(test, folder)
    found = check_test(test, entries, len(requests), prepared)
    streams.show(found.model_dump_json(indent=2) if form == "json" else "\n".join(_lines(found)))
    if not found.ready:
        missing = sum(finding.level == "missing" for finding in found.findings)
        raise UnreadyError(f"{path} is not ready: {missing} things are missing, see above.")


def _named(
    test: ListeningTest, folder: TestFolder
) -> tuple[list[Entry], Sequence[tuple[str, Prompt]]]:
    made, requests = made_entries(test.contestants, folder, read_prompts(test.contestants, folder))
    return [*read_entries(test.contestants, folder), *made], requests


def _lines(found: Readiness) -> list[str]:
    lines = [
        f"{found.test}: a {found.kind} test of {len(found.systems)} systems,"
        f" {found.items:,} prompts, {found.songs:,} songs."
    ]
    if found.votes_needed is not None:
        units = {"rating": "of a point", "mushra": "of 100"}.get(found.kind, "points of a board")
        lines.append(
            f"For 95 % intervals of ±{found.half_width:g} {units}: {found.votes_needed:,} votes"
            + (f", {found.voters_needed:,} voters." if found.voters_needed else ".")
        )
    lines += [f"{finding.level}: {finding.text}" for finding in found.findings]
    return lines
