"""Standings as plain text: the board, then what stands behind it."""

from plaudit.benchmarks.standings.record import Rate, Standings, SystemStanding
from plaudit.reports.look.panel import counted

UNDEFINED = "-"
METHOD = {
    "davidson": "Davidson: Bradley-Terry with ties as an answer of their own",
    "music-arena": "as the Music Arena board: L2 logistic regression, C = 1, ties as two halves",
    "elo": "Elo",
}
_HEAD = ("rank", "system", "rating", "interval", "ranks", "votes", "won", "tied", "lost", "neither")


def standings_text(board: Standings) -> str:
    """Return a board as text.

    Parameters
    ----------
    board : Standings
        The record.

    Returns
    -------
    str
        A table, and the sentences beneath it.
    """
    rows = [_HEAD, *(_row(one) for one in board.systems)]
    wide = [max(len(row[k]) for row in rows) for k in range(len(_HEAD))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if k == 1 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, wide, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, "", *standings_lines(board)])


def standings_lines(board: Standings) -> list[str]:
    """Return the sentences that belong to a board.

    Parameters
    ----------
    board : Standings
        The record.

    Returns
    -------
    list of str
        Method, what was counted, the floor, where intervals come from, and its notes.
    """
    return [
        f"{METHOD[board.method]}. 400 points are odds of ten to one; the mean system has 1000.",
        counted_line(board),
        floor_line(board),
        *([position_line(board)] if board.first_wins.n else []),
        sampling_line(board),
        *([fit_line(board)] if board.fit.steps is not None else []),
        *([_unlisted(board)] if board.unlisted else []),
        *board.notes,
    ]


def counted_line(board: Standings) -> str:
    """Return how many battles came and which were left out."""
    counts = ", ".join(f"{n:,} {name}" for name, n in board.outcomes.items())
    text = f"{board.battles:,} battles of {len(board.systems) + len(board.unlisted)} systems"
    text = f"{text}: {counts}."
    if board.dropped:
        left = ", ".join(f"{n:,} {reason}" for reason, n in board.dropped.items())
        text += f" Left out of {board.read:,} rows: {left}."
    return text


def floor_line(board: Standings) -> str:
    """Return how often both were bad."""
    return f"Both bad: {rate_text(board.neither)} of battles."


def position_line(board: Standings) -> str:
    """Return how often the song presented first won."""
    return f"The song presented first won {rate_text(board.first_wins)} of the decided battles."


def sampling_line(board: Standings) -> str:
    """Return where intervals come from."""
    found = board.resampling
    if not found.draws:
        return "No intervals: none were asked for."
    how = (
        "1.96 standard deviations"
        if found.kind == "normal"
        else f"{100 * board.settings.confidence:.3g} % percentiles"
    )
    text = (
        f"Intervals: {how} of {found.draws:,} resamples of {found.clusters:,} {found.cluster}s,"
        f" seed {board.settings.seed}"
    )
    return f"{text}; {found.failed:,} could not be fitted." if found.failed else f"{text}."


def fit_line(board: Standings) -> str:
    """Return how the fit went."""
    found = board.fit
    steps = counted(found.steps or 0, "step")
    text = f"Converged in {steps}, largest slope left {found.gradient:.1e} wins"
    if found.tie_share:
        text += f"; two equal systems tie in {100 * found.tie_share:.1f} % of their votes"
    return f"{text}."


def rate_text(rate: Rate) -> str:
    """Return a share with its interval as text."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return "an undefined share"
    return f"{100 * rate.rate:.1f} % [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def interval_text(one: SystemStanding) -> str:
    """Return the interval of a system's rating as text."""
    if one.low is None or one.high is None:
        return UNDEFINED
    return f"{one.low:.0f} to {one.high:.0f}"


def ranks_text(one: SystemStanding) -> str:
    """Return the interval of a system's rank as text."""
    if one.rank_low is None or one.rank_high is None:
        return UNDEFINED
    return f"{one.rank_low}" if one.rank_low == one.rank_high else f"{one.rank_low}-{one.rank_high}"


def _row(one: SystemStanding) -> tuple[str, ...]:
    floor = UNDEFINED if one.neither.rate is None else f"{100 * one.neither.rate:.1f} %"
    return (
        f"{one.rank}", one.system, f"{one.rating:.1f}", interval_text(one), ranks_text(one),
        f"{one.votes:,}", f"{one.wins:,}", f"{one.ties:,}", f"{one.losses:,}", floor,
    )  # fmt: skip


def _unlisted(board: Standings) -> str:
    names = ", ".join(f"{name} ({n})" for name, n in board.unlisted.items())
    least = board.settings.least_votes
    return f"Fitted with the others, not listed for want of {least} votes: {names}."
