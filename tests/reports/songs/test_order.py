"""Which song comes first."""

import math
from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS
from plaudit.judging.record import Score, SongScores
from plaudit.reports.songs.order import order_axes, order_name, overall, ranked

Maker = Callable[..., SongScores]


def test_what_orders_depends_on_what_the_judge_scores() -> None:
    assert order_axes(("likes", "streams", *AESTHETICS)) == AESTHETICS
    assert order_axes(("likes", "streams")) == ("streams",)
    assert order_axes(("likes",)) == ("likes",)
    assert order_name(("streams", *AESTHETICS)) == "the mean of the five aesthetic scores"
    assert order_name(("streams", "clarity", "coherence")) == "the mean of the two aesthetic scores"
    assert order_name(("likes", "streams")) == "streams"


def test_overall_is_the_mean_of_the_aesthetic_scores(make_song: Maker) -> None:
    row = make_song("a.mp3", 1)
    expected = np.mean([row[axis].value for axis in AESTHETICS])
    assert math.isclose(overall(row, tuple(row.axes())), expected, rel_tol=1e-12)


def test_a_song_that_misses_a_score_is_undefined_and_last(make_song: Maker) -> None:
    whole = make_song("a.mp3", 1)
    best = {axis: Score(value=5.0) for axis in AESTHETICS}
    part = whole.model_copy(update={"path": "b", "scores": {"clarity": Score(value=5.0)}})
    broken = whole.model_copy(
        update={"path": "c", "scores": best | {"clarity": Score(value=math.nan)}}
    )
    assert math.isnan(overall(part, AESTHETICS))
    assert [row.path for row in ranked([broken, part, whole], AESTHETICS)] == ["a.mp3", "b", "c"]


@given(st.permutations(range(8)))
def test_the_order_does_not_depend_on_the_order_of_input(order: list[int]) -> None:
    songs = [_plain(f"{k}.mp3", [3.0, 4.0, 3.5, 4.0][k % 4]) for k in range(8)]
    mixed = ranked([songs[k] for k in order], ("clarity",))
    assert mixed == ranked(songs, ("clarity",))
    assert [row["clarity"].value for row in mixed] == [4, 4, 4, 4, 3.5, 3.5, 3, 3]


def _plain(path: str, value: float) -> SongScores:
    return SongScores.model_validate(
        {
            "path": path,
            "sha256": "0" * 64,
            "judge": {"name": "j", "version": "1", "hash": "h"},
            "precision": "exact",
            "duration_s": 60.0,
            "scores": {"clarity": {"value": value}},
        }
    )
