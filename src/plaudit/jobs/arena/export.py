"""``plaudit arena export`` and ``import``: votes out of a test, and into its results."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from plaudit.arena.definition.location import read_test
from plaudit.arena.results.arena_form import ROWS, write_log, write_released
from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.brought import bring, keep
from plaudit.arena.results.careless import find_careless
from plaudit.arena.results.publication import (
    BOARD,
    CARD,
    METADATA,
    SUMS,
    Publishing,
    anonymous,
    write_card,
)
from plaudit.arena.results.rule import CarelessReport
from plaudit.arena.results.stored import read_answers
from plaudit.arena.results.written import TABLES, write_tables
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.choice import VoteForm
from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.folder import check_folder, whole_folder
from plaudit.core.settings import Record
from plaudit.jobs.output.streams import Streams

_MADE_BY = "Made with Plaudit"


class ExportSettings(Record):
    """Which votes go where, in which form."""

    test: Path  #: The test's file.
    out: Path  #: Folder to write.
    form: VoteForm = "plaudit"
    database: str | None = None  #: URL; SQLite in the test's folder without.
    #: Whether voters that are flagged as careless are left out.
    without_careless: bool = False
    #: Of a publication: an SPDX name, who made the data, who publishes it, and whether what people
    #: wrote goes with it.
    licence: str | None = None
    creators: tuple[str, ...] = ()
    publisher: str = "not stated"
    comments: bool = False
    draws: int = 1000  #: Resamples of the board of a publication.


def export_votes(settings: ExportSettings, streams: Streams) -> tuple[str, ...]:
    """Write the votes of a test into a folder; return the names of the files.

    Raises
    ------
    PlauditError
        The test cannot be read or has no votes of this form, the folder holds something else, or a
        publication lacks its licence or its creators.
    """
    out, form = settings.out, settings.form
    names = (*TABLES, CARD, BOARD, METADATA, SUMS, ROWS)
    check_folder(out, names, (CARD, _MADE_BY.encode()), "exported votes", [settings.test])
    stated = _stated(settings)
    answers = read_answers(settings.test, settings.database, played=form != "publication")
    if not answers.rows:
        raise InputError(f"{settings.test} has no votes yet; take some with `plaudit arena serve`.")
    if stated is not None:
        answers = anonymous(answers, np.random.default_rng(), comments=stated.comments)
    careless = find_careless(answers.rows, answers.rules, gate_s=answers.test.gate_s or 0.0)
    if settings.without_careless:
        kept = [row for row in answers.rows if row.voter not in careless.names]
        answers = Answers(answers.test, kept, answers.rules, answers.songs, answers.deleted)
    with whole_folder(out) as folder:
        # Paths are as seen from the folder's own place, and not from where it is made.
        files = _write(answers, careless, form, folder, out)
        if stated is not None:
            board = make_board(answers, StandingsSettings(draws=settings.draws))
            files = (*files, *write_card(board, stated, folder, files, datetime.now(UTC)))
        else:
            write_atomic(folder / CARD, _card(answers, careless, files))
            files = (*files, CARD)
    streams.note(
        f"Wrote {out}: {sum(row.counts for row in answers.rows):,} votes of"
        f" {len({row.voter for row in answers.rows}):,} voters; {careless.flagged:,} voters are"
        f" flagged as careless{' and left out' if settings.without_careless else ''}."
    )
    return files


def _write(
    answers: Answers, careless: CarelessReport, form: VoteForm, folder: Path, out: Path
) -> tuple[str, ...]:
    if form in ("plaudit", "publication"):
        return write_tables(answers, careless, folder, out)
    votes = [row for row in answers.rows if row.counts]
    if not any(row.outcome is not None for row in votes):
        raise InputError(
            f"Expected votes on two songs for the form {form}, got a test of the kind"
            f" {answers.test.kind}; export it as plaudit."
        )
    if form == "music-arena":
        write_released(votes, answers.songs, folder, out)
        return (ROWS,)
    return write_log(votes, answers.songs, folder, out)


def _stated(settings: ExportSettings) -> Publishing | None:
    if settings.form != "publication":
        return None
    if not settings.licence or not settings.creators:
        raise InputError(
            "A publication needs --licence, such as CC-BY-4.0, and --creator; name both."
        )
    return Publishing(
        licence=settings.licence, creators=settings.creators, publisher=settings.publisher,
        comments=settings.comments,
    )  # fmt: skip


def _card(answers: Answers, careless: CarelessReport, files: tuple[str, ...]) -> str:
    listed = "\n".join(f"- `{name}`" for name in files[:20])
    more = f"\n- and {len(files) - 20:,} more" if len(files) > 20 else ""
    return (
        f"# Votes of {answers.test.title}\n\n{careless.votes:,} votes of {careless.voters:,}"
        f" voters, {careless.flagged:,} of whom are flagged as careless.\n\n{listed}{more}\n\n"
        f"{_MADE_BY}, `plaudit arena export`.\n"
    )


def import_votes(test: Path, votes: Path, streams: Streams) -> Path:
    """Bring votes that were taken elsewhere into the results of a test; return their file.

    Raises
    ------
    PlauditError
        The test or the votes cannot be read, or the votes are of another kind than the test.
    """
    definition, folder = read_test(test)
    brought = bring(votes, definition.kind)
    file, known = keep(brought, folder.root)
    left = "".join(f", {n:,} {reason} left out" for reason, n in brought.dropped.items())
    streams.note(
        f"{'Known already' if known else 'Brought'}: {len(brought.rows):,} answers of {votes}"
        f" ({brought.form}){left}; remove {file} to take them out."
    )
    return file
