"""Which song comes first."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS
from plaudit.judging.ranking import rank_rows
from plaudit.judging.record import Score, SongScores
from plaudit.reports.songs.order import order_axes, order_name, overall, ranked, standings

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


def test_a_place_is_a_range_where_the_judge_cannot_tell(make_song: Maker) -> None:
    def song(path: str, value: float, width: float | None) -> SongScores:
        score = Score(
            value=value,
            low=None if width is None else value - width,
            high=None if width is None else value + width,
        )
        return make_song(path, 1).model_copy(
            update={"path": path, "scores": dict.fromkeys(AESTHETICS, score)}
        )

    rows = [song("a", 4.5, 0.2), song("b", 3.0, 0.2), song("c", 2.98, 0.2), song("d", 1.2, 0.1)]
    found = standings(rows, 0.9)
    assert [s.place for s in found if s] == ["1", "2–3", "2–3", "4"]
    assert found[0] is not None
    assert (found[0].low, found[0].high) == pytest.approx((4.3, 4.7))
    # What `plaudit rank` says is what a page says.
    ranked_songs = {s.path: s for s in rank_rows(rows, coverage=0.9, by="mean")}
    for row, standing in zip(rows, found, strict=True):
        song_ = ranked_songs[row.path]
        low, high = song_.rank_low, song_.rank_high
        assert standing is not None
        assert standing.place == (f"{low}" if low == high else f"{low}–{high}")
    # Without intervals nothing is known of ties, and there is no interval of the mean.
    bare = [song(name, value, None) for name, value in (("a", 2.0), ("b", 3.0))]
    assert [s and (s.place, s.low, s.high) for s in standings(bare, None)] == [
        ("2", None, None),
        ("1", None, None),
    ]


def test_a_song_without_the_score_has_no_place(make_song: Maker) -> None:
    lost = make_song("a", 1).model_copy(update={"scores": {}})
    assert standings([make_song("b", 2), lost], 0.9)[1] is None
