"""``plaudit arena board``: the board of a test, shown or written."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.arena.results.board import make_board
from plaudit.arena.results.record import ArenaBoard
from plaudit.arena.results.stored import read_answers
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.standings.record import StandingsSettings, standings_settings
from plaudit.core.choice import BOARD_FORMS, BoardForm
from plaudit.core.option_source import sourced
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.overwrite import check_output, show_or_write
from plaudit.jobs.output.streams import Streams


def show_board(
    test: Path,
    options: dict[str, object],
    form: BoardForm | None,
    out: Path | None,
    streams: Streams,
    *,
    scores: Sequence[Path] = (),
    database: str | None = None,
) -> ArenaBoard:
    """Make the board of a test and show or write it.

    Parameters
    ----------
    test : Path
        The test's file.
    options : dict of str to object
        Fields of `plaudit.benchmarks.standings.record.StandingsSettings`.
    form : {"table", "json", "html"} or None
        That of the file's ending without one.
    out : Path or None
        File to write; shown without one.
    streams : Streams
        Where results and notes go.
    scores : sequence of Path
        Files of scores, as of ``plaudit score``: judges that are put beside people.
    database : str, optional
        URL of the test's database; SQLite in its folder without.

    Raises
    ------
    PlauditError
        The test or a file of scores cannot be read, or the output cannot be written.
    """
    settings: StandingsSettings = standings_settings(**options)
    if out is not None:
        check_output(out, [test, *scores])
    form = form or form_of(out, BOARD_FORMS, "table")
    tables = [read_scores(path) for path in scores]
    board = sourced(make_board(read_answers(test, database), settings, tables))
    for table in tables:
        for note in table.notes():
            streams.note(note)
    show_or_write(_text(board, form), out, streams)
    return board


def _text(board: ArenaBoard, form: BoardForm) -> str:
    if form == "json":
        return board.model_dump_json(indent=2)
    if form == "html":
        from plaudit.reports.listening.page import listening_page

        return listening_page(board)
    from plaudit.reports.listening.table import listening_text

    return listening_text(board)
