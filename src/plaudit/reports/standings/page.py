"""Standings as one HTML page: the board, its plots, and how it was made."""

from plaudit.benchmarks.standings.record import Standings
from plaudit.reports.look.number import share_text
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text
from plaudit.reports.standings.plot import standings_plots
from plaudit.reports.standings.table import UNKNOWN, interval_text, ranks_text, standings_lines


def standings_page(board: Standings) -> str:
    """Return a board as one HTML file; its bytes depend on the record alone."""
    return html_page(
        "standings",
        title=f"Standings of {len(board.systems)} systems",
        board=board,
        headline=headline(board),
        counts=_counts(board),
        lines=standings_lines(board),
        plots=standings_plots(board),
        rows=[
            (
                system,
                interval_text(system),
                ranks_text(system),
                share_text(system.neither.rate, 1, UNKNOWN),
            )
            for system in board.systems
        ],
    )


def headline(board: Standings) -> str:
    """Return in a sentence who leads and, if there are resamples, how sure that is."""
    first = board.systems[0]
    text = f"{first.system} is first with {first.rating:.0f} points"
    rivals = [system.system for system in board.systems[1:] if system.rank_low == 1]
    if first.rank_high is None:
        return f"{text}; without intervals nothing says how sure that is."
    if not rivals:
        return f"{text}, and no other system is likely to be."
    names = ", ".join(rivals[:4])
    if len(rivals) > 4:
        names += f" and {len(rivals) - 4} more"
    return f"{text}, but these battles leave it open whether {names} should be."


def _counts(board: Standings) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, a detail."""
    unlisted, dropped = len(board.unlisted), sum(board.dropped.values())
    votes = board.battles - board.neither.count
    ties = board.outcomes["tie"] / votes if votes else 0.0
    few = f"{unlisted} more with too few votes" if unlisted else ""
    left = f"{count_text(dropped, 'row')} left out" if dropped else "no row left out"
    floor = share_text(board.neither.rate, 1, UNKNOWN)
    return [
        (f"{len(board.systems)}", "systems listed", few),
        (f"{board.battles:,}", "battles counted", left),
        (share_text(ties, 1), "of votes are ties", "votes for neither aside"),
        (floor, "of battles: both bad", "the floor, which no rating shows"),
    ]
