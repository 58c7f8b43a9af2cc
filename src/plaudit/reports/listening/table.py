"""A board of a listening test as tables: the same ones on a page and in a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from plaudit.arena.results.record import Analysis, ArenaBoard, JudgeScore, ScaleMeans
from plaudit.arena.results.rule import MEANING
from plaudit.benchmarks.standings.record import Standings
from plaudit.benchmarks.suites.record import TaskMeasure
from plaudit.metrics.measurement import Measurement
from plaudit.reports.look.number import bracketed, number, share_text
from plaudit.reports.look.wording import UNDEFINED, aligned, count_text, safe_text
from plaudit.reports.standings.table import interval_text, ranks_text, standings_lines

_HEADLINES = ("accuracy", "SRCC")  # of a judge: on pairs, on songs


@dataclass(frozen=True)
class Sheet:
    """One table with its heading, what it shows, and remarks beneath it."""

    title: str
    lede: str
    head: tuple[str, ...]  #: The first column is text, the others are numbers.
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()


def listening_text(board: ArenaBoard) -> str:
    """Return a board as text: the tables, and the sentences beneath them."""
    parts = [f"Board of a listening test: {safe_text(board.test.title)}", *headlines(board), ""]
    for sheet in sheets(board):
        rows = [tuple(safe_text(cell) for cell in row) for row in (sheet.head, *sheet.rows)]
        parts += [sheet.title.upper(), *aligned(rows, left={0}), *sheet.remarks, ""]
    parts += made_lines(board)
    return "\n".join(part.rstrip() for part in parts)


def headlines(board: ArenaBoard) -> list[str]:
    """Return in sentences what came in, and what careless voters change."""
    counts, careless = board.counts, board.careless
    days = list(dict.fromkeys([_day(counts.first), _day(counts.last)]))
    text = (
        f"{count_text(counts.votes, 'vote')} of {count_text(counts.voters, 'voter')},"
        f" {' to '.join(days)}."
        if counts.votes
        else "No votes yet."
    )
    lines = [text]
    if careless.flagged:
        lines.append(
            f"{count_text(careless.flagged, 'voter')} with"
            f" {count_text(careless.votes_flagged, 'vote')} {_are(careless.flagged)} flagged as"
            " careless; numbers are without these votes unless it says otherwise."
        )
    screened = sum(each.excluded for each in board.kept.listeners)
    if screened:
        lines.append(
            f"Of {count_text(len(board.kept.listeners), 'listener')} {screened} {_are(screened)}"
            " screened out of the means by the rules of ITU-R BS.1534."
        )
    return [*lines, *board.kept.reasons, *board.notes]


def leader_line(board: ArenaBoard) -> str | None:
    """Return in a sentence who has the highest means, and whether that is sure.

    None where no two systems have means; a reference and an anchor are no systems here.
    """
    firsts = [best for scale in board.kept.means if (best := _best(scale)) is not None]
    if not firsts:
        return None
    first = Counter(system for system, _ in firsts).most_common(1)[0][0]
    leads = [lead for system, lead in firsts if system == first]
    sure = sum(lead is not None and (lead.low or 0) > 0 for lead in leads)
    where = count_text(len(leads), "scale")
    if len(firsts) > len(leads):
        where = f"{len(leads)} of {count_text(len(firsts), 'scale')}"
    leader = f"{first} has the highest mean on {where}"
    if all(lead is None for lead in leads):
        return f"{leader}."
    link = f"; on {sure} of them" if 0 < sure < len(leads) else ", and" if sure else ", but"
    tell = "tell" if sure else "do not tell"
    return f"{leader}{link} the answers {tell} it from the next system."


def _best(scale: ScaleMeans) -> tuple[str, Measurement | None] | None:
    """Return the first of two or more systems on a scale, and its lead on the second.

    The lead is None where a reference or an anchor lies between them.
    """
    places = [at for at, each in enumerate(scale.systems) if each.role == "contestant"]
    if len(places) < 2:
        return None
    first = scale.systems[places[0]]
    return first.system, first.above_next if places[1] == places[0] + 1 else None


def sheets(board: ArenaBoard, *, named: bool = True) -> list[Sheet]:
    """Return all tables that a board fills, in order; voters are in them only if ``named``."""
    return [
        *_standings(board),
        *_means(board),
        *_judges(board.kept),
        *_reliability(board),
        *(_listeners(board.kept) if named else ()),
        *_speeds(board),
        *_change(board.kept),
        _careless(board, named=named),
    ]


def made_lines(board: ArenaBoard) -> list[str]:
    """Return sentences on how the numbers were made."""
    standings = board.kept.standings
    lines = [] if standings is None else standings_lines(standings)
    if board.kept.means:
        model = (
            "of a mixed model for each system, score = mean + voter + item + error, and leads of"
            " one for the differences within answers, all but the mean drawn"
            if board.test.kind == "mushra"
            else "of a mixed model, answer = system + voter + item + song + taste + error, all but"
            " the system drawn"
        )
        lines.append(
            f"Means are {model}, fitted by REML; intervals by Student's t with Satterthwaite's"
            " degrees of freedom."
        )
    return lines


def _standings(board: ArenaBoard) -> Iterator[Sheet]:
    kept, everyone = board.kept.standings, board.everyone.standings
    if kept is None:
        return
    before = {} if everyone is None else {each.system: each for each in everyone.systems}
    flagged = bool(board.careless.flagged)
    head = ("system", "rank", "ranks", "rating", "interval", "votes", "won", "tied", "lost",
            "both bad", "points", *(("with careless",) if flagged else ()))  # fmt: skip
    rows = []
    for each in kept.systems:
        row = [
            each.system, f"{each.rank}", ranks_text(each), f"{each.rating:.0f}",
            interval_text(each), f"{each.votes:,}", f"{each.wins:,}", f"{each.ties:,}",
            f"{each.losses:,}", share_text(each.neither.rate, 1, "-"),
            share_text(each.share, 1, "-"),
        ]  # fmt: skip
        if flagged:
            other = before.get(each.system)
            row.append("-" if other is None else f"{other.rating:.0f} (rank {other.rank})")
        rows.append(tuple(row))
    yield Sheet(
        "The board",
        "Ranks are those that the resamples leave open: systems that share some cannot be told"
        " apart by these votes. Points are a system's mean share against each other one.",
        head, tuple(rows),
    )  # fmt: skip
    yield from _pairs(kept)


def _pairs(standings: Standings) -> Iterator[Sheet]:
    if standings.pairs:
        yield Sheet(
            "Pairs",
            "What the better rated system of each pair took, and what the ratings make expect.",
            ("pair", "won", "tied", "lost", "both bad", "took", "expected"),
            tuple(
                (
                    f"{pair.above} - {pair.below}", f"{pair.wins:,}", f"{pair.ties:,}",
                    f"{pair.losses:,}", f"{pair.neither:,}", _took(pair.wins, pair.ties,
                    pair.losses), share_text(pair.expected, 0),
                )
                for pair in standings.pairs
            ),
        )  # fmt: skip


def _took(wins: int, ties: int, losses: int) -> str:
    votes = wins + ties + losses
    return share_text((wins + ties / 2) / votes if votes else None, 0, "-")


def _means(board: ArenaBoard) -> Iterator[Sheet]:
    before = {scale.axis: scale for scale in board.everyone.means}
    for scale in board.kept.means:
        everyone = {each.system: each for each in before[scale.axis].systems}
        yield Sheet(
            f"Means: {scale.axis}",
            "Mean under the mixed model, and its lead on the next system.",
            ("system", "mean", "above the next", "median", "quartiles", "answers", "voters",
             "items", "with careless"),
            tuple(
                (
                    each.system, bracketed(each.mean, 2), bracketed(each.above_next, 2, signed=True)
                    if each.above_next else "-", number(each.median, 1),
                    f"{each.low_quartile:.1f} to {each.high_quartile:.1f}", f"{each.answers:,}",
                    f"{each.voters:,}", f"{each.items:,}",
                    number(everyone[each.system].mean.value, 2) if each.system in everyone else "-",
                )
                for each in scale.systems
            ),
            tuple(_scale_remarks(scale)),
        )  # fmt: skip


def _scale_remarks(scale: ScaleMeans) -> Iterator[str]:
    if scale.reason:
        yield f"No means: {scale.reason}"
    total = sum(scale.variance.values())
    if total > 0:
        shares = ", ".join(f"{k} {100 * v / total:.0f} %" for k, v in scale.variance.items())
        yield f"Where answers vary, beside the systems: {shares}."
    yield from sorted({f"{s.system}: {s.mean.reason}." for s in scale.systems if s.mean.reason})


def _judges(analysis: Analysis) -> Iterator[Sheet]:
    if not analysis.judges:
        return
    rows, remarks = [], []
    for each in analysis.judges:
        main = _headline(each)
        rows.append(
            (
                f"{each.judge}: {each.score}",
                "-" if main is None else main.task,
                "-" if main is None else main.measure,
                "-" if main is None else bracketed(main, 3),
                *(_beside(main, name) for name in ("constant", "system identity")),
                bracketed(each.order, 2),
                f"{each.scored:,} of {each.songs:,}",
            )
        )
        order = ", ".join(f"{name} ({value:.2f})" for name, value in each.ranking)
        remarks.append(f"{each.judge}, {each.score}, would have put: {order or 'none'}.")
    yield Sheet(
        "Judges and people",
        "How often a judge names the song that people preferred (or how its scores correlate with"
        " theirs), beside the constant answer and beside system identity, which knows only what"
        " else was voted. The order is Kendall's correlation of both orders of systems.",
        ("judge and score", "of", "measure", "judge", "constant", "system identity", "order",
         "songs scored"),
        tuple(rows), tuple(remarks),
    )  # fmt: skip


def _headline(score: JudgeScore) -> TaskMeasure | None:
    return next((m for m in score.measures if m.measure in _HEADLINES and m.slice == "all"), None)


def _beside(measure: TaskMeasure | None, name: str) -> str:
    """Return a baseline; of the constant answers the better one."""
    if measure is None:
        return "-"
    known = [v for k, v in measure.baselines.items() if k.startswith(name) and v is not None]
    return number(max(known), 3) if known else UNDEFINED


def _reliability(board: ArenaBoard) -> Iterator[Sheet]:
    everyone = {(each.measure, each.axis): each for each in board.everyone.reliability}
    if board.kept.reliability:
        yield Sheet(
            "How well people agree",
            "With each other, and with themselves when the same songs come again.",
            ("measure", "value", "n", "with careless"),
            tuple(
                (
                    each.measure if each.axis is None else f"{each.axis}: {each.measure}",
                    bracketed(each, 3) if each.value is not None else (each.reason or UNDEFINED),
                    f"{each.n:,}",
                    number(everyone[each.measure, each.axis].value, 3)
                    if (each.measure, each.axis) in everyone else "-",
                )
                for each in board.kept.reliability
            ),
        )  # fmt: skip


def _listeners(analysis: Analysis) -> Iterator[Sheet]:
    if analysis.listeners:
        yield Sheet(
            "Listeners",
            "Post-screening of ITU-R BS.1534: who scores the hidden reference below 90, or the"
            " mid-range anchor above 90, in more than 15 % of the items is left out of the means.",
            ("listener", "items", "reference below 90", "anchor above 90", "left out"),
            tuple(
                (each.voter, f"{each.items}", f"{each.reference_low}", f"{each.anchor_high}",
                 "yes" if each.excluded else "no")
                for each in analysis.listeners
            ),
        )  # fmt: skip


def _speeds(board: ArenaBoard) -> Iterator[Sheet]:
    if board.speeds:
        yield Sheet(
            "Speed",
            "How long systems took to make their songs, where that is known, on the machines that"
            " they ran on; medians.",
            ("system", "songs", "seconds a song", "seconds of music a second"),
            tuple(
                (each.system, f"{each.songs:,}", number(each.seconds, 1), number(each.real_time, 2))
                for each in board.speeds
            ),
        )


def _change(analysis: Analysis) -> Iterator[Sheet]:
    step = analysis.change
    if step is None or not step.moved:
        return
    clear = [each.system for each in step.moved if each.clear]
    text = (
        f"From the first half of the votes to the second, {step.reversed_pairs} of"
        f" {step.shared_pairs} pairs of systems changed their order; "
    )
    text += (
        f"the intervals of {', '.join(clear)} do not overlap."
        if clear
        else "all intervals overlap."
    )
    yield Sheet(
        "Change over time",
        text,
        ("system", "first half", "second half", "change", "rank before", "rank after"),
        tuple(
            (each.system, f"{each.score_before:.0f}", f"{each.score_after:.0f}",
             number(each.score_change, 0, signed=True), f"{each.rank_before}", f"{each.rank_after}")
            for each in step.moved
        ),
    )  # fmt: skip


def _careless(board: ArenaBoard, *, named: bool) -> Sheet:
    careless = board.careless
    return Sheet(
        "Careless voters",
        "Each rule counts an event and asks how likely so many would be of an attentive voter;"
        f" below {100 * careless.rules.level:g} % the voter is flagged. Nothing is deleted.",
        ("rule", "what it counts", "voters tested", "flagged", "their votes"),
        tuple(
            (each.rule, MEANING[each.rule], f"{each.tested:,}", f"{each.flagged:,}",
             f"{each.votes:,}")
            for each in careless.counts
        ),
        tuple(_flag_lines(board)) if named else (),
    )  # fmt: skip


def _flag_lines(board: ArenaBoard, most: int = 20) -> Iterator[str]:
    flags: Sequence[object] = board.careless.flags
    for flag in board.careless.flags[:most]:
        of = f" ({flag.system})" if flag.system else ""
        yield f"{flag.voter}: {flag.rule}{of}, {flag.count} of {flag.of}."
    if len(flags) > most:
        yield f"And {len(flags) - most:,} flags more; --format json has all."


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _day(moment: float | None) -> str:
    return "-" if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()
