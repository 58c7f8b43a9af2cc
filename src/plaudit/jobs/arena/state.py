"""``plaudit arena status``, ``close`` and ``delete-voter``: a test that runs."""

from datetime import UTC, datetime
from pathlib import Path

from plaudit.arena.session.progress import Progress
from plaudit.arena.session.room import Room
from plaudit.core.choice import TextForm
from plaudit.core.parse import parse_json
from plaudit.jobs.output.streams import Streams


def show_status(path: Path, database: str | None, form: TextForm, streams: Streams) -> None:
    """Print how far a test is."""
    with Room.open(path, database) as room:
        found = room.progress()
    streams.show(found.model_dump_json(indent=2) if form == "json" else "\n".join(_lines(found)))


def close_test(path: Path, database: str | None, streams: Streams) -> None:
    """Let a test take no more votes."""
    with Room.open(path, database) as room:
        room.close_test()
        streams.note(f"{room.test.name} is closed, with {room.progress().votes:,} votes.")


def delete_voter(path: Path, voter: str, database: str | None, streams: Streams) -> None:
    """Delete everything that is stored of a voter."""
    with Room.open(path, database) as room:
        n = room.forget(voter)
        streams.note(f"Deleted a voter of {room.test.name} with {n:,} votes.")


def _lines(found: Progress) -> list[str]:
    state = "open"
    if found.closed is not None:
        state = f"closed on {datetime.fromtimestamp(found.closed, UTC):%Y-%m-%d %H:%M} UTC"
    people = sum(found.voters.values())
    lines = [
        f"{found.test}: {state}; {found.songs:,} songs of {found.systems} systems"
        + ("." if found.loudness_lufs is None else f" at {found.loudness_lufs:.1f} LUFS."),
        f"{found.votes:,} votes of {people:,} voters"
        f" ({', '.join(f'{n:,} {kind}' for kind, n in sorted(found.voters.items())) or 'none'}),"
        f" {found.training:,} training answers, {found.listened_s / 3600:.1f} h heard.",
    ]
    if found.seconds is not None:
        lines.append(f"A vote takes {found.seconds:.0f} s.")
    for kind, (passed, n) in sorted(found.checks.items()):
        lines.append(f"Checks ({kind}): {passed:,} of {n:,} passed.")
    if found.headphones:
        tones = ", ".join(f"{n:,} {name}" for name, n in sorted(found.headphones.items()))
        lines.append(f"Headphones (the quietest tone named): {tones}.")
    if found.outcomes:
        lines.append(
            "Outcomes: " + ", ".join(f"{n:,} {name}" for name, n in sorted(found.outcomes.items()))
        )
    if found.forgotten:
        lines.append(f"{found.forgotten:,} voters took {found.forgotten_votes:,} votes back.")
    for pair in found.pairs:
        names = " / ".join(parse_json(pair.systems))
        lines.append(f"  {names}: {pair.answered:,} of {pair.asked:,} answered")
    if found.generated or found.failed:
        lines.append(
            f"Systems made {found.generated:,} songs ({found.failed:,} attempts failed) for"
            f" {found.cost:.2f}."
        )
    if found.completion_codes:
        lines.append("Completion codes: " + " ".join(found.completion_codes))
    return lines
