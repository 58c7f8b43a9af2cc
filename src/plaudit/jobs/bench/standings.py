"""``plaudit bench standings``: battles read, systems rated, shown or written."""

from pathlib import Path

from plaudit.benchmarks.standings.compute import read_standings
from plaudit.benchmarks.standings.record import Standings, StandingsSettings
from plaudit.core.choice import BOARD_FORMS, BoardForm
from plaudit.core.option_source import sourced
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.overwrite import check_output, show_or_write
from plaudit.jobs.output.streams import Streams


def rate_systems(
    battles: Path,
    settings: StandingsSettings,
    form: BoardForm | None,
    out: Path | None,
    streams: Streams,
) -> Standings:
    """Rate the systems of battles; without a format, that of the ending of the file."""
    if out is not None:
        check_output(out, [battles])
    form = form or form_of(out, BOARD_FORMS, "table")
    standings = sourced(read_standings(battles, settings))
    show_or_write(_text(standings, form), out, streams)
    return standings


def _text(standings: Standings, form: BoardForm) -> str:
    if form == "json":
        return standings.model_dump_json(indent=2)
    if form == "html":
        from plaudit.reports.standings.page import standings_page

        return standings_page(standings)
    from plaudit.reports.standings.table import standings_text

    return standings_text(standings)
