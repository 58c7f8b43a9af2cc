"""Standings as plain text: the board, then what stands behind it."""

from plaudit.benchmarks.standings.record import Rate, Standings, SystemStanding
from plaudit.reports.look.number import share_text, span
from plaudit.reports.look.wording import aligned, count_text

UNKNOWN = "-"
_METHOD = {
    "davidson": "Davidson: Bradley-Terry with ties as an answer of their own",
    "music-arena": "as the Music Arena board: L2 logistic regression, C = 1, ties as two halves",
    "elo": "Elo",
}
_HEAD = ("rank", "system", "rating", "interval", "ranks", "votes", "won", "tied", "lost", "neither")


def standings_text(board: Standings) -> str:
    """Return a board as a table and the sentences beneath it."""
    rows = [_HEAD, *map(_row, board.systems)]
    return "\n".join([*aligned(rows, left={1}), "", *standings_lines(board)])


def standings_lines(board: Standings) -> list[str]:
    """Return the sentences of a board: method, counts, both bad, intervals, fit, its notes."""
    lines = [
        f"{_METHOD[board.method]}. 400 points are odds of ten to one; the mean system has 1000.",
        _counted_line(board),
        f"Both bad: {_rate_text(board.neither)} of battles.",
    ]
    if board.first_wins.n:
        rate = _rate_text(board.first_wins)
        lines.append(f"The song presented first won {rate} of the decided battles.")
    lines.append(_sampling_line(board))
    if board.fit.steps is not None:
        lines.append(_fit_line(board))
    if board.unlisted:
        names = ", ".join(f"{name} ({n})" for name, n in board.unlisted.items())
        least = board.settings.least_votes
        lines.append(f"Fitted with the others, not listed for want of {least} votes: {names}.")
    return [*lines, *board.notes]


def _counted_line(board: Standings) -> str:
    counts = ", ".join(f"{n:,} {name}" for name, n in board.outcomes.items())
    text = f"{board.battles:,} battles of {len(board.systems) + len(board.unlisted)} systems"
    text = f"{text}: {counts}."
    if board.dropped:
        left = ", ".join(f"{n:,} {reason}" for reason, n in board.dropped.items())
        text += f" Left out of {board.read:,} rows: {left}."
    return text


def _sampling_line(board: Standings) -> str:
    sampling = board.resampling
    if not sampling.draws:
        return "No intervals: none were requested."
    counts = sampling.of_each or {sampling.cluster: sampling.clusters}  # the latter in version 1
    single = [kind for kind, n in counts.items() if n < 2]
    if single:
        return f"No intervals: all battles are of one {single[0]}."
    level = f"{100 * board.settings.confidence:.3g} %"
    how = {
        "normal": "1.96 standard deviations",
        "percentile": f"{level} percentiles",
        "two-way": f"{level}, from the variances",
    }[sampling.kind]
    kinds = " and of ".join(f"{n:,} {kind}s" for kind, n in counts.items())
    text = (
        f"Intervals: {how} of {sampling.draws:,} resamples of {kinds}, seed {board.settings.seed}"
    )
    return f"{text}; {sampling.failed:,} could not be fitted." if sampling.failed else f"{text}."


def _fit_line(board: Standings) -> str:
    fit = board.fit
    steps = count_text(fit.steps or 0, "step")
    text = f"Converged in {steps}, largest slope left {fit.gradient:.1e} wins"
    if fit.tie_share:
        text += f"; two equal systems tie in {share_text(fit.tie_share, 1)} of their votes"
    return f"{text}."


def _rate_text(rate: Rate) -> str:
    if rate.rate is None:
        return "an undefined share"
    if rate.low is None or rate.high is None:
        return share_text(rate.rate, 1)
    return f"{share_text(rate.rate, 1)} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def interval_text(system: SystemStanding) -> str:
    """Return the interval of a system's rating."""
    return span(system.low, system.high, ".0f") or UNKNOWN


def ranks_text(system: SystemStanding) -> str:
    """Return the interval of a system's rank."""
    low, high = system.rank_low, system.rank_high
    if low is None or high is None:
        return UNKNOWN
    return f"{low}" if low == high else f"{low}-{high}"


def _row(system: SystemStanding) -> tuple[str, ...]:
    return (
        f"{system.rank}",
        system.system,
        f"{system.rating:.1f}",
        interval_text(system),
        ranks_text(system),
        f"{system.votes:,}",
        f"{system.wins:,}",
        f"{system.ties:,}",
        f"{system.losses:,}",
        share_text(system.neither.rate, 1, UNKNOWN),
    )
