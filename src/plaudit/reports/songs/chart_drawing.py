"""Numbers turned into places on the page: score strips, timelines and waveforms as SVG geometry.

Conventions: a place along a strip is a percentage of its width with one decimal, as text; path
data is in a box of 1000 units (song time, left to right) by 100 units (best on top). Nothing here
knows colours or HTML.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import Axis
from plaudit.judging.record import Span

_WAVE_BINS = 600
_TICK_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


def place(value: float, axis: Axis) -> str:
    """Return where a score stands on the strip of its axis, "62.5%"; outside it, the end."""
    share = (value - axis.low) / (axis.high - axis.low)
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%"


def rug(values: Sequence[float], axis: Axis) -> str:
    """Return path data with one vertical tick for each place that has a score."""
    places = {round(10 * float(place(value, axis)[:-1])) for value in values}
    return "".join(f"M{x} 0V100" for x in sorted(places))


def reach(differences: Sequence[float], least: float) -> float:
    """Return the largest absolute difference, at least ``least``: the half height of timelines."""
    return max([least, *(abs(d) for d in differences if math.isfinite(d))])


def judged_alone(spans: Sequence[Span]) -> list[Span]:
    """Return the spans, without scores where one is too short to be judged by itself.

    That is a span of less than half the longest: some judges score a last window of a second as if
    it were a song, and give it the worst score there is.
    """
    longest = max((span.end_s - span.start_s for span in spans), default=0.0)
    return [
        span.model_copy(update={"scores": {}}) if span.end_s - span.start_s < longest / 2 else span
        for span in spans
    ]


def gaps(spans: Sequence[Span], duration_s: float) -> list[tuple[str, str]]:
    """Return start and width along the song, "62.5%", of the spans that have no scores."""
    starts = bar_starts(spans)
    ends = [
        (float(_along(start_s, duration_s)) / 10, float(_along(span.end_s, duration_s)) / 10)
        for span, start_s in zip(spans, starts, strict=True)
        if not span.scores
    ]
    return [(f"{low:.2f}%", f"{high - low:.2f}%") for low, high in ends]


def bar_starts(spans: Sequence[Span]) -> list[float]:
    """Return where bars start, in seconds: never before the segment before them has ended."""
    ends = [0.0, *(span.end_s for span in spans)]
    return [max(span.start_s, end) for span, end in zip(spans, ends, strict=False)]


@dataclass(frozen=True)
class Bars:
    """Path data of the segments that lie above the song's own score, and of those below."""

    above: str
    below: str


def bars(
    spans: Sequence[Span], axis: str, song_value: float, half_height: float, duration_s: float
) -> Bars:
    """Return the bars of one axis along a song, above and below the score of the whole song.

    A difference of ``half_height`` fills the height above (or below) the middle line; spans without
    the axis leave a gap.
    """
    above: list[str] = []
    below: list[str] = []
    for span, start_s in zip(spans, bar_starts(spans), strict=True):
        difference = span.scores.get(axis, math.nan) - song_value
        if not math.isfinite(difference):
            continue
        x0, x1 = _along(start_s, duration_s), _along(span.end_s, duration_s)
        y = 50 - 50 * max(-1.0, min(1.0, difference / half_height))
        (above if difference >= 0 else below).append(f"M{x0} 50V{y:.0f}H{x1}V50z")
    return Bars("".join(above), "".join(below))


def _along(time_s: float, duration_s: float) -> str:
    return f"{1000 * min(max(time_s / duration_s, 0.0), 1.0):.1f}" if duration_s > 0 else "0"


def time_ticks(duration_s: float, most: int = 8) -> list[float]:
    """Return at most so many round times in seconds from 0; the last leaves room for its label."""
    step = next((s for s in _TICK_STEPS_S if duration_s / s <= most), None)
    if step is None:
        step = _TICK_STEPS_S[-1] * math.ceil(duration_s / most / _TICK_STEPS_S[-1])
    n = math.floor(max(duration_s, 0.0) / step) + 1
    return [float(k * step) for k in range(n) if k == 0 or k * step <= 0.97 * duration_s]


def packed_wave(low: NDArray[np.float32], high: NDArray[np.float32], most: int = _WAVE_BINS) -> str:
    """Return an envelope small enough to embed by the hundred; empty for no bins.

    ``low`` and ``high`` (bins,) are the lowest and highest sample of each slice, in [-1, 1];
    neighbouring bins are merged until at most ``most`` are left. The text is base64 of signed
    bytes, lows then highs, with 127 for full scale.
    """
    if low.size == 0:
        return ""
    # A sample that is no number cannot be drawn; the row's warnings name it.
    bounded = [np.clip(np.nan_to_num(side), -1.0, 1.0) for side in (low, high)]
    starts = np.linspace(0, low.size, min(most, low.size), endpoint=False).astype(np.intp)
    merged = np.concatenate(
        [np.minimum.reduceat(bounded[0], starts), np.maximum.reduceat(bounded[1], starts)]
    )
    return base64.b64encode(np.rint(127 * merged).astype(np.int8).tobytes()).decode("ascii")
