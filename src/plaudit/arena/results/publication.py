"""A test's data as a folder to publish: data, a card to read, and metadata for a DOI.

Nothing in it points to a person: voters and tasks get new names in an order drawn anew, times are
rounded to the hour, what people wrote is left out unless it is asked for, and no path of the
machine is in it. Careless voters are in the data, and named in ``careless.csv``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

import numpy as np

from plaudit.arena.results.board import Answers
from plaudit.arena.results.record import ArenaBoard
from plaudit.arena.results.row import VoteRow
from plaudit.arena.results.rule import MEANING
from plaudit.core.file import sha256_of, write_atomic
from plaudit.core.settings import Record

CARD, METADATA, SUMS, BOARD = "README.md", "datacite.json", "SHA256SUMS", "board.json"
_HOUR_S = 3600.0
_ASKED = {
    "battle": "Two songs for one prompt, side by side: the first is better, the second, both alike"
    " (tie), or both are bad (neither).",
    "rating": "One song at a time, rated on each axis.",
    "mushra": "Several versions beside an open reference, scored 0 to 100, with a hidden reference"
    " and anchors (ITU-R BS.1534).",
    "rank": "Several takes of one prompt, put in order.",
}


class Publishing(Record):
    """What a publication states that a test cannot know."""

    licence: str  #: SPDX name, such as CC-BY-4.0.
    creators: tuple[str, ...]
    publisher: str = "not stated"
    comments: bool = False  #: Whether what people wrote is published.


def anonymous(answers: Answers, rng: np.random.Generator, *, comments: bool) -> Answers:
    """Return answers with nothing in them that points to a person or to this machine."""
    voters = _renamed({row.voter for row in answers.rows}, "voter", rng)
    tasks = _renamed({row.task for row in answers.rows}, "task", rng)
    rows = [_anonymous(row, voters, tasks, comments=comments) for row in answers.rows]
    songs = {
        name: song.model_copy(update={"path": song.path and PurePath(song.path).name})
        for name, song in answers.songs.items()
    }
    return replace(answers, rows=sorted(rows, key=lambda row: row.task), songs=songs)


def _renamed(names: set[str], prefix: str, rng: np.random.Generator) -> dict[str, str]:
    order = sorted(names)
    return {order[k]: f"{prefix}-{n:06d}" for n, k in enumerate(rng.permutation(len(order)), 1)}


def _anonymous(
    row: VoteRow, voters: Mapping[str, str], tasks: Mapping[str, str], *, comments: bool
) -> VoteRow:
    check = row.check
    if check is not None and check.repeats is not None:
        check = check.model_copy(update={"repeats": tasks.get(check.repeats)})
    return row.model_copy(
        update={
            "voter": voters[row.voter],
            "task": tasks[row.task],
            "received": math.floor(row.received / _HOUR_S) * _HOUR_S,
            "comment": row.comment if comments else "",
            "sides": tuple(side.model_copy(update={"played": ()}) for side in row.sides),
            "check": check,
        }
    )


def write_card(
    board: ArenaBoard, stated: Publishing, folder: Path, files: Sequence[str], today: datetime
) -> tuple[str, ...]:
    """Write card, metadata, board and digests beside the data; return their names."""
    write_atomic(folder / BOARD, board.model_dump_json(indent=1))
    write_atomic(folder / CARD, card_text(board, stated, [*files, BOARD]))
    metadata = json.dumps(metadata_of(board, stated, today), ensure_ascii=False, indent=1)
    write_atomic(folder / METADATA, metadata + "\n")
    named = sorted({*files, BOARD, CARD, METADATA})
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in named)
    write_atomic(folder / SUMS, sums)
    return BOARD, CARD, METADATA, SUMS


def metadata_of(board: ArenaBoard, stated: Publishing, today: datetime) -> dict[str, object]:
    """Return metadata after DataCite 4.5, without the identifier that a repository gives."""
    counts = board.counts
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Listening test"},
        "titles": [{"title": board.test.title}],
        "creators": [{"name": name} for name in stated.creators],
        "publisher": {"name": stated.publisher},
        "publicationYear": today.year,
        "dates": [{"date": _span(board), "dateType": "Collected"}],
        "subjects": [{"subject": word} for word in ("music", "listening test", board.test.kind)],
        "rightsList": [{"rightsIdentifier": stated.licence, "rightsIdentifierScheme": "SPDX"}],
        "sizes": [f"{counts.votes} votes", f"{counts.voters} voters"],
        "formats": ["text/csv", "application/jsonl", "application/json"],
        "descriptions": [
            {"descriptionType": "Abstract", "description": _abstract(board)},
            {"descriptionType": "Methods", "description": " ".join(_protocol(board))},
        ],
        "version": "1",
    }


def card_text(board: ArenaBoard, stated: Publishing, files: Sequence[str]) -> str:
    """Return the card as Markdown: licence, protocol, counts, exclusions, files."""
    counts, careless = board.counts, board.careless
    rules = "\n".join(
        f"| {each.rule} | {MEANING[each.rule]} | {each.tested} | {each.flagged} | {each.votes} |"
        for each in careless.counts
    )
    listed = "\n".join(f"- `{name}`" for name in sorted(files))
    screened = sum(each.excluded for each in board.everyone.listeners)
    exclusions = [
        f"{counts.deleted:,} votes were deleted by those who gave them; they are not here.",
        f"{careless.flagged:,} of {careless.voters:,} voters are flagged as careless, with"
        f" {careless.votes_flagged:,} of {careless.votes:,} votes. They are in the data;"
        " `careless.csv` names them, and analyses come with and without.",
    ]
    if board.everyone.listeners:
        exclusions.append(
            f"{screened:,} of {len(board.everyone.listeners):,} listeners are screened out of the"
            " means by the rules of ITU-R BS.1534."
        )
    left = "\n".join(f"- {sentence}" for sentence in exclusions)
    how = "\n".join(f"- {sentence}" for sentence in _protocol(board))
    return f"""# {board.test.title}

{_abstract(board)}

- Licence: {stated.licence}
- Creators: {", ".join(stated.creators)}
- Publisher: {stated.publisher}
- Collected: {_span(board)}

## Protocol

{how}

## Counts

| what | n |
|---|---|
| voters | {counts.voters} |
| votes | {counts.votes} |
| training answers, in no analysis | {counts.training} |
| checks with a damaged copy | {counts.checks} |
| repeats | {counts.repeats} |

## Exclusions

{left}

| rule | what it counts | voters tested | flagged | their votes |
|---|---|---|---|---|
{rules}

An attentive voter is flagged by one rule in fewer than {100 * careless.rules.level:g} % of cases.

## Privacy

Voters and tasks have names that were drawn for this publication. Times are rounded to the hour.
What people wrote is {"published as they wrote it" if stated.comments else "left out"}.

## Files

{listed}
- `{METADATA}`: metadata after DataCite 4.5, for a DOI
- `{SUMS}`: SHA-256 of every file

Made with Plaudit {board.plaudit}.
"""


def _abstract(board: ArenaBoard) -> str:
    counts = board.counts
    return (
        f"{counts.votes:,} votes of {counts.voters:,} voters in a blind listening test"
        f" ({board.test.kind}) of generated music."
    )


def _protocol(board: ArenaBoard) -> list[str]:
    gate = board.test.gate_s
    sentences = [_ASKED[board.test.kind]]
    if gate:
        sentences.append(f"An answer was taken once {gate:g} s of each side had been heard.")
    sentences.append(
        "Songs were matched in loudness and cut to one length; names were hidden, and sides"
        " shuffled and balanced."
    )
    return sentences


def _span(board: ArenaBoard) -> str:
    first, last = board.counts.first, board.counts.last
    if first is None or last is None:
        return "not yet"
    days = [datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in (first, last)]
    return "/".join(dict.fromkeys(days))
