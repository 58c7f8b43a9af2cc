"""Judges in a list: what is here, and what can be fetched, a few lines for each."""

import textwrap
from collections.abc import Sequence

from plaudit.judging.speed import SECONDS, Speed
from plaudit.reports.look.wording import count_text

LEGEND = (
    "Agreement: share of battles in which it prefers what people preferred, as published"
    " (CMI-RewardBench, arXiv 2603.00610). What they learned from is as their authors state it."
    f" Speed here: seconds for {SECONDS:g} s of audio on this machine, beyond loading, as `plaudit"
    " judges list --speed` measured them; - where it did not."
)


def known_lines(
    first: str, conditions: Sequence[str], learned_from: str, agreement: str, width: int = 80
) -> list[str]:
    """Return what is known of a published judge, to stand below its line, in ``first`` and more."""
    sentences = (
        first,
        f"Uses {', '.join(conditions)}." if conditions else "",
        f"Learned from {learned_from.removeprefix('As stated by its authors: ')}",
        f"Agreement: {agreement}",
    )
    return _filled(" ".join(filter(None, sentences)), width)


def fetchable_line(name: str, title: str, use: str, gigabytes: float) -> str:
    """Return the line of a judge that is not here: what it is, what it may be used for, size."""
    return f"{name:<12}  {title} ({use}; {gigabytes:g} GB)"


def speed_line(speed: Speed | None) -> str:
    """Return how fast a judge is here, "-" where that was not measured."""
    if speed is None:
        return "  Speed here: -"
    threads = f", {count_text(speed.threads, 'thread')}" if speed.device == "cpu" else ""
    return f"  Speed here: {speed.seconds:.2g} s ({speed.device}{threads}; {speed.date})"


def legend_lines(width: int = 80) -> list[str]:
    """Return what the words of `known_lines` mean."""
    return textwrap.wrap(LEGEND, width)


def _filled(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
