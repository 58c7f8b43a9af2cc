"""Where numbers land on the page."""

import base64
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AXES, AXIS, Axis
from plaudit.judging.record import Span
from plaudit.reports.songs.chart_drawing import (
    bar_starts,
    bars,
    gaps,
    judged_alone,
    packed_wave,
    place,
    reach,
    rug,
    time_ticks,
)


@given(st.sampled_from(AXES), st.floats(-10, 110), st.floats(-10, 110))
def test_a_higher_score_is_never_further_left(axis: Axis, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= float(place(low, axis)[:-1]) <= float(place(high, axis)[:-1]) <= 100


def test_places_use_the_range_of_the_axis() -> None:
    assert place(62.5, AXIS["streams"]) == "62.5%"
    assert [place(v, AXIS["clarity"]) for v in (1, 3, 5)] == ["0.0%", "50.0%", "100.0%"]


def test_the_rug_has_one_stroke_for_each_place() -> None:
    assert rug([1.0, 3.0, 3.0, 5.0], AXIS["clarity"]) == "M0 0V100M500 0V100M1000 0V100"
    assert rug([], AXIS["clarity"]) == ""


def test_reach_is_the_largest_difference() -> None:
    assert reach([0.3, -0.7, math.nan], 0.2) == 0.7
    assert reach([0.01], 0.2) == reach([], 0.2) == 0.2


def test_lanes_draw_each_segment_on_its_side_of_the_line() -> None:
    spans = [
        Span(start_s=0, end_s=30, scores={"clarity": 4.0}),
        Span(start_s=30, end_s=40, scores={"clarity": 2.75}),
        Span(start_s=40, end_s=50, scores={"streams": 9.0}),
    ]
    drawn = bars(spans, "clarity", 3.0, 0.5, 50.0)
    assert drawn.above == "M0.0 50V0H600.0V50z"  # beyond the reach: cut at the top
    assert drawn.below == "M600.0 50V75H800.0V50z"


def test_bars_of_segments_that_overlap_stand_side_by_side() -> None:
    spans = [
        Span(start_s=0, end_s=30, scores={"clarity": 4.0}),
        Span(start_s=10, end_s=40, scores={"clarity": 4.0}),
    ]
    assert bar_starts(spans) == [0, 30]
    assert (
        bars(spans, "clarity", 3.0, 2.0, 40.0).above
        == "M0.0 50V25H750.0V50zM750.0 50V25H1000.0V50z"
    )


@pytest.mark.parametrize("duration_s", [0.0, 0.7, 24.0, 95.0, 1800.0, 7200.0, 400_000.0])
def test_time_ticks_are_round_few_and_inside(duration_s: float) -> None:
    ticks = time_ticks(duration_s)
    assert ticks[0] == 0.0
    assert len(ticks) <= 9
    assert all(0 < t < duration_s for t in ticks[1:])
    assert len(set(np.diff(ticks))) <= 1


def unpacked(text: str) -> tuple[np.ndarray, np.ndarray]:
    both = np.frombuffer(base64.b64decode(text), dtype=np.int8)
    return both[: both.size // 2], both[both.size // 2 :]


def test_packing_keeps_the_extremes() -> None:
    rng = np.random.default_rng(4)
    high = rng.uniform(0, 1, 1000).astype(np.float32)
    low, top = unpacked(packed_wave(np.float32(-0.5) * high, high, most=100))
    expected = high.reshape(100, 10).max(axis=1)
    np.testing.assert_array_equal(top, np.rint(127 * expected))
    np.testing.assert_array_equal(low, np.rint(-127 * expected / 2))


def test_packing_survives_samples_that_cannot_be_drawn() -> None:
    low = np.array([np.nan, -np.inf, -3.0], dtype=np.float32)
    high = np.array([np.nan, np.inf, 3.0], dtype=np.float32)
    packed_low, packed_high = unpacked(packed_wave(low, high))
    assert packed_low.tolist() == [0, -127, -127]
    assert packed_high.tolist() == [0, 127, 127]
    assert packed_wave(np.zeros(0, np.float32), np.zeros(0, np.float32)) == ""


def test_a_span_too_short_to_be_judged_has_no_scores_and_is_a_gap() -> None:
    worst = {"clarity": 1.0}
    spans = [
        Span(start_s=0, end_s=30, scores={"clarity": 3.0}),
        Span(start_s=30, end_s=46, scores={"clarity": 4.0}),
        Span(start_s=46, end_s=50, scores=worst),
    ]
    told = judged_alone(spans)
    assert [span.scores for span in told] == [{"clarity": 3.0}, {"clarity": 4.0}, {}]
    assert gaps(told, 50.0) == [("92.00%", "8.00%")]
    # A last full window that overlaps the one before is as long as any: it is drawn.
    full = [spans[0], Span(start_s=1.5, end_s=31.5, scores=worst)]
    assert judged_alone(full) == full
    assert gaps(full, 31.5) == []
    assert judged_alone([]) == []
