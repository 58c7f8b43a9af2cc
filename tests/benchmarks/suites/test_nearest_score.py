"""A judge without musicality is measured by the nearest score that it has, where that is meant."""

from typing import Literal

import numpy as np
import pytest

from plaudit.benchmarks.suites.contestant import ItemPredictions
from plaudit.benchmarks.suites.promise import SongTask
from plaudit.benchmarks.suites.record import Contender, RunSettings
from plaudit.benchmarks.suites.runner import _measure_task

SONGS = ("a", "b", "c")


def used(wanted: str, kind: Literal["judge", "predictions"], *scores: str) -> str | None:
    values = {song: dict.fromkeys(scores, float(at)) for at, song in enumerate(SONGS)}
    task = SongTask("t", (wanted, "score"), SONGS, np.arange(3.0), SONGS, (None,) * 3)
    judge = Contender(kind=kind, name="j")
    measures, _ = _measure_task(task, ItemPredictions(values), judge, RunSettings(draws=5))
    return measures[0].score


@pytest.mark.parametrize(
    ("wanted", "scores", "expected"),
    [
        ("musicality", ("quality", "content_enjoyment"), "content_enjoyment"),
        ("musicality", ("quality", "alignment"), "quality"),
        ("musicality", ("quality", "musicality"), "musicality"),
        ("clarity", ("quality", "preference"), None),
        ("alignment", ("quality", "preference"), None),
    ],
)
def test_only_musicality_has_stand_ins(
    wanted: str, scores: tuple[str, ...], expected: str | None
) -> None:
    assert used(wanted, "judge", *scores) == expected


def test_columns_of_a_file_are_not_guessed() -> None:
    assert used("musicality", "predictions", "quality", "preference") is None
