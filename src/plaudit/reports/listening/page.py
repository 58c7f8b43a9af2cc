"""The board of a listening test as one HTML page."""

from plaudit.arena.results.record import ArenaBoard
from plaudit.reports.listening.plot import listening_plots
from plaudit.reports.listening.table import headlines, leader_line, made_lines, sheets
from plaudit.reports.look.number import share_text
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text
from plaudit.reports.standings.page import headline


def listening_page(board: ArenaBoard, *, named: bool = True) -> str:
    """Return a board as one HTML file, which depends on the record alone.

    ``named`` says whether voters are in it, by their random names: for whoever runs the test, and
    not for other voters.
    """
    standings = board.kept.standings
    lines = headlines(board)
    leader = headline(standings) if standings is not None else leader_line(board)
    return html_page(
        "listening",
        title=board.test.title,
        board=board,
        headline=leader or lines[0],
        lines=lines if leader else lines[1:],
        counts=_counts(board),
        plots=listening_plots(board),
        sheets=sheets(board, named=named),
        made=made_lines(board),
    )


def _counts(board: ArenaBoard) -> list[tuple[str, str, str]]:
    counts, careless, standings = board.counts, board.careless, board.kept.standings
    checks = f"and {count_text(counts.checks + counts.repeats, 'check')}"
    numbers = [
        (f"{counts.votes:,}", "votes", checks),
        (f"{counts.voters:,}", "voters", f"{careless.flagged:,} flagged as careless"),
    ]
    if standings is not None:
        votes = standings.battles - standings.neither.count
        ties = standings.outcomes["tie"] / votes if votes else None
        numbers += [
            (share_text(ties, 1, "-"), "of votes are ties", "votes for neither aside"),
            (share_text(standings.neither.rate, 1, "-"), "of battles: both bad", "the floor rate"),
        ]
    if counts.deleted:
        numbers.append((f"{counts.deleted:,}", "votes deleted by voters", "they are in no number"))
    return numbers
