"""``plaudit bench boards``: published boards read, compared over time, shown or written."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.standings.board import read_boards
from plaudit.benchmarks.standings.history import compare_boards
from plaudit.benchmarks.standings.history_record import BoardHistory
from plaudit.core.choice import HISTORY_FORMS, HistoryForm
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.overwrite import SVG_MARK, check_output, show_or_write
from plaudit.jobs.output.streams import Streams


def follow_boards(
    paths: Sequence[Path], form: HistoryForm | None, out: Path | None, streams: Streams
) -> BoardHistory:
    """Compare boards over time; without a format, that of the ending of the file."""
    history = compare_boards(read_boards(paths))
    if out is not None:
        check_output(out, paths)
    form = form or form_of(out, HISTORY_FORMS, "table")
    show_or_write(_text(history, form), out, streams)
    return history


def _text(history: BoardHistory, form: HistoryForm) -> str:
    if form == "json":
        return history.model_dump_json(indent=2)
    if form == "html":
        from plaudit.reports.boards.page import boards_page

        return boards_page(history)
    if form == "svg":
        from plaudit.reports.boards.plot import boards_svg

        return f"{SVG_MARK}\n{boards_svg(history)}"
    from plaudit.reports.boards.table import boards_text

    return boards_text(history)
