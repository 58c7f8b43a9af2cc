"""Rows of one figure are drawn on one scale, so that their marks can be compared."""

import pytest

from plaudit.benchmarks.suites.leaderboard import LeaderboardRow
from plaudit.benchmarks.suites.record import TaskMeasure
from plaudit.reports.suites.page import _ranked, _row


def measure(value: float, name: str = "SRCC", low: float | None = None) -> TaskMeasure:
    high = None if low is None else value + 0.1
    return TaskMeasure(task="clarity", measure=name, value=value, low=low, high=high, n=20)


@pytest.mark.parametrize("other", [measure(-0.3), measure(0.2, low=-0.1)])
def test_judges_of_a_leaderboard_share_one_scale(other: TaskMeasure) -> None:
    row = LeaderboardRow(
        task="clarity", slice="all", measure="SRCC",
        cells=(measure(0.8), other, None), differences=(None, None, None),
    )  # fmt: skip
    strips = [row.strip for row in _ranked(("a", "b", "c"), row)]
    assert [strip and strip.ends for strip in strips] == [("-1.0", "1.0")] * 2
    assert strips[0] is not None
    assert strips[0].x == "90.0%"


def test_units_have_scales_of_their_own() -> None:
    figure = [measure(-0.5), measure(0.4, "LCC"), measure(0.6, "accuracy"), measure(7.0, "drop")]
    ends = [strip.ends for each in figure if (strip := _row(each, figure).strip) is not None]
    assert ends == [("-1.0", "1.0"), ("-1.0", "1.0"), ("0 %", "100 %"), ("0.0", "7.0")]
