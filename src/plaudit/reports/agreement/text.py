"""How far judges agree, as lines of text."""

from collections.abc import Sequence

from plaudit.judging.agreement import Agreement, AxisAgreement, Opinion, PairAgreement
from plaudit.judging.record import JudgeId
from plaudit.reports.look.number import span
from plaudit.reports.look.wording import UNDEFINED, aligned, count_text, safe_text

MEASURE = "Spearman's correlation of their scores: 1 the same order of songs, 0 none in common."


def agreement_text(agreement: Agreement) -> str:
    """Return all pairs as lines, ending in a newline."""
    n = count_text(agreement.n_songs)
    lines = [f"How far {len(agreement.judges)} judges agree on {n}.", MEASURE]
    for judge, axes in zip(agreement.judges, agreement.main_axes, strict=True):
        lines.append(f"Main score of {judge_name(judge)}: {main_text(axes)}.")
    for pair in agreement.pairs:
        lines += [
            "",
            pair_title(pair),
            *(f"  {line}" for line in aligned(_cells(pair), left=(0, 2))),
        ]
        lines += _different(pair)
    return "\n".join(lines) + "\n"


def judge_name(judge: JudgeId) -> str:
    """Return the name and version of a judge."""
    return safe_text(f"{judge.name} {judge.version}")


def pair_title(pair: PairAgreement) -> str:
    """Return the names of two judges."""
    return f"{judge_name(pair.first)} and {judge_name(pair.second)}"


def main_text(axes: Sequence[str]) -> str:
    """Return what the main score of a judge is."""
    return axes[0] if len(axes) == 1 else f"the mean of {', '.join(axes[:-1])} and {axes[-1]}"


def value_text(found: AxisAgreement) -> str:
    """Return a correlation with two decimals."""
    return UNDEFINED if found.value is None else f"{found.value:.2f}"


def interval_text(found: AxisAgreement) -> str:
    """Return the interval of a correlation, or why there is none."""
    if found.low is None:
        return f"no interval: {found.reason}" if found.value is not None else str(found.reason)
    return span(found.low, found.high, ".2f")


def opinion_text(opinion: Opinion) -> str:
    """Return a score and its place."""
    return f"{opinion.value:#.3g}, place {opinion.rank:g} of {opinion.n}"


def _cells(pair: PairAgreement) -> list[list[str]]:
    return [
        [found.axis, value_text(found), interval_text(found), count_text(found.n)]
        for found in (pair.main, *pair.axes)
    ]


def _different(pair: PairAgreement) -> list[str]:
    if not pair.disagreements:
        return []
    lines = ["  They differ most on:"]
    for song in pair.disagreements:
        lines.append(f"    {safe_text(song.path or song.sha256)}")
        lines += [
            f"      {judge_name(judge)}: {opinion_text(opinion)}"
            for judge, opinion in ((pair.first, song.first), (pair.second, song.second))
        ]
    return lines
