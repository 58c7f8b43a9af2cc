import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.audio.block import music_seconds
from plaudit.audio.segment import Cutter, Segment, SegmentRule
from plaudit.core.choice import Tail

RATE = 100


def walk(n: int, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return where each of the pieces starts that cover n samples, and its size."""
    at = 0
    for size in itertools.cycle(sizes):
        if at >= n:
            return
        yield at, size
        at += size


def cut(n: int, rule: SegmentRule, sizes: tuple[int, ...] = (1 << 30,)) -> list[Segment]:
    x = np.arange(1, n + 1, dtype=np.float32)
    cutter = Cutter(rule, RATE)
    segments: list[Segment] = []
    for at, size in walk(n, sizes):
        segments += cutter.push(x[at : at + size])
    return segments + list(cutter.flush())


@settings(max_examples=60)
@given(n=st.integers(1, 2000), sizes=st.lists(st.integers(1, 700), min_size=1, max_size=4))
def test_segments_hold_every_sample_once(n: int, sizes: list[int]) -> None:
    segments = cut(n, SegmentRule(length_s=3.0), tuple(sizes))
    assert [segment.start_s for segment in segments] == [3.0 * k for k in range(len(segments))]
    joined = np.concatenate([segment.samples for segment in segments])
    np.testing.assert_array_equal(joined[:n], np.arange(1, n + 1))
    assert not joined[n:].any()
    assert {len(segment.samples) for segment in segments} == {300}
    assert segments[-1].end_s == pytest.approx(n / RATE)
    assert len(segments) == -(-n // 300)


@pytest.mark.parametrize(
    ("n", "tail", "expected"),
    [
        (600, "pad", 2),
        (601, "pad", 3),
        (601, "drop", 2),
        (699, "drop", 2),
        (700, "drop", 3),
        (50, "drop", 1),
        (50, "pad", 1),
    ],
)
def test_the_last_segment_follows_the_rule(n: int, tail: Tail, expected: int) -> None:
    assert len(cut(n, SegmentRule(length_s=3.0, tail=tail, min_tail_s=1.0))) == expected


@given(
    n=st.integers(1, 2000),
    length=st.integers(1, 700),
    tail=st.sampled_from(["pad", "drop"]),
    min_tail=st.integers(0, 700),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=4),
)
def test_the_last_window_takes_the_place_of_a_padded_segment_only(
    n: int, length: int, tail: Tail, min_tail: int, sizes: list[int]
) -> None:
    x = np.arange(1, n + 1, dtype=np.float32)
    rule = SegmentRule(length_s=length / RATE, tail=tail, min_tail_s=min_tail / RATE)
    cutter = Cutter(rule, RATE)
    segments: list[Segment] = []
    for at, size in walk(n, sizes):
        segments += cutter.push(x[at : at + size])
    assert cutter.last_window() is None
    segments += cutter.flush()
    window = cutter.last_window()
    padded = not segments[-1].samples.all()
    assert (window is not None) == (padded and n > length)
    if window is not None:
        np.testing.assert_array_equal(window.samples, x[-length:])
        assert (window.start_s, window.end_s) == ((n - length) / RATE, segments[-1].end_s)
        assert window.music_s == music_seconds(x[-length:], RATE)


def test_a_segment_is_not_overwritten_by_the_next() -> None:
    first, second = cut(600, SegmentRule(length_s=3.0))
    assert first.samples[0] == 1
    assert second.samples[0] == 301


def test_music_leaves_out_silence_and_padding() -> None:
    rate = 24_000
    tone = 0.1 * np.sin(np.arange(2 * rate) / 5)
    x = np.concatenate([tone, np.zeros(3 * rate), tone[:rate]]).astype(np.float32)
    cutter = Cutter(SegmentRule(length_s=10.0), rate)
    (segment,) = [*cutter.push(x), *cutter.flush()]
    assert segment.end_s == 6.0
    assert segment.music_s == pytest.approx(3.0, abs=0.051)


def alternating(n: int, level: float) -> NDArray[np.float32]:
    return np.where(np.arange(n) % 2, level, -level).astype(np.float32)


def test_music_starts_at_60_db_below_full_scale() -> None:
    assert music_seconds(alternating(24_000, 1.01e-3), 24_000) == pytest.approx(1)
    assert music_seconds(alternating(24_000, 0.99e-3), 24_000) == 0


def test_a_constant_is_no_music_and_hides_none() -> None:
    assert music_seconds(np.full(25_000, 0.5, dtype=np.float32), 24_000) == 0
    assert music_seconds(np.float32(0.5) + alternating(24_000, 1.01e-3), 24_000) == pytest.approx(1)


def test_music_counts_a_short_last_frame_with_its_own_length() -> None:
    assert music_seconds(alternating(1300, 0.5), 24_000) == pytest.approx(1300 / 24_000)
    assert music_seconds(np.zeros(0, dtype=np.float32), 24_000) == 0
