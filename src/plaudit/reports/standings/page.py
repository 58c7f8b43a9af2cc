"""Standings as one HTML page that works offline; it follows the reader's light and dark.

The page holds no script and asks for nothing; its bytes depend on the record alone.
"""

from plaudit.benchmarks.standings.record import Standings
from plaudit.reports.look.panel import counted
from plaudit.reports.look.shell import html_page
from plaudit.reports.standings.plot import standings_plots
from plaudit.reports.standings.table import (
    UNDEFINED,
    interval_text,
    ranks_text,
    standings_lines,
)


def standings_page(board: Standings) -> str:
    """Return a board as one HTML file.

    Parameters
    ----------
    board : Standings
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    return html_page(
        "standings",
        title=f"Standings of {len(board.systems)} systems",
        board=board,
        headline=headline(board),
        counts=_counts(board),
        lines=standings_lines(board),
        plots=standings_plots(board),
        rows=[
            (one, interval_text(one), ranks_text(one), _floor(one.neither.rate))
            for one in board.systems
        ],
    )


def headline(board: Standings) -> str:
    """Return in a sentence who leads, and how sure that is.

    Parameters
    ----------
    board : Standings
        The record.

    Returns
    -------
    str
        Without intervals it says only who is first.
    """
    first = board.systems[0]
    text = f"{first.system} is first with {first.rating:.0f} points"
    rivals = [one for one in board.systems[1:] if one.rank_low == 1]
    if first.rank_high is None:
        return f"{text}; without resamples nothing says how sure that is."
    if not rivals:
        return f"{text}, and no other system is likely to be."
    names = ", ".join(one.system for one in rivals[:4])
    if len(rivals) > 4:
        names += f" and {len(rivals) - 4} more"
    return f"{text}, but these battles leave it open whether {names} should be."


def _counts(board: Standings) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, a detail."""
    listed, unlisted = len(board.systems), len(board.unlisted)
    dropped = sum(board.dropped.values())
    votes = board.battles - board.neither.count
    ties = board.outcomes["tie"] / votes if votes else 0.0
    return [
        (f"{listed}", "systems listed", f"{unlisted} more with too few votes" if unlisted else ""),
        (
            f"{board.battles:,}", "battles counted",
            f"{counted(dropped, 'row')} left out" if dropped else "no row left out",
        ),
        (f"{100 * ties:.1f} %", "of votes are ties", "votes for neither aside"),
        (_floor(board.neither.rate), "of battles: both bad", "the floor, which no rating tells"),
    ]  # fmt: skip


def _floor(rate: float | None) -> str:
    return UNDEFINED if rate is None else f"{100 * rate:.1f} %"
