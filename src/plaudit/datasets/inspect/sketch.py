"""A sketch: 482 bytes of a fingerprint, by which a recording is known again.

It is found again encoded anew, turned down or cut (`plaudit.datasets.inspect.fingerprint`). Kept
are the chosen frames with the smallest hash, and frames of the body at equal distances. Where
enough of the former agree at one distance in time, the latter must agree like near-duplicates.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.datasets.inspect.duplicate import MOST_DIFFERENT
from plaudit.datasets.inspect.fingerprint import EVERY, Fingerprint, mixed

_KEPT = 48  # frames of each kind
SKETCH: list[tuple[Any, ...]] = [
    ("step", "<u2"), ("keys", "<u4", _KEPT), ("times", "<u2", _KEPT), ("body", "<u4", _KEPT),
]  # fmt: skip
_VOTES, _LEAST = 3, 6  # agreeing frames of a candidate; frames of the body that both have
_BIN, _REACH = 4, 1 << 16  # hops that count as one distance; more hops than any song has
_COMMON, _TRIED = 1000, 20  # songs with a frame that tells nothing; candidates of a song


def write_sketch(sketch: np.void, song: Fingerprint) -> None:
    """Write the sketch of a song into a row with the fields of `SKETCH`, which is all zeros."""
    chosen = np.argsort(mixed(song.keys), kind="stable")[:_KEPT]
    sketch["step"] = step = max(1, -(-len(song.body) // _KEPT))
    for name, values in (
        ("keys", song.keys[chosen]), ("times", song.times[chosen]), ("body", song.body[::step]),
    ):  # fmt: skip
        sketch[name][: len(values)] = values


def find_sketches(
    sketches: NDArray[np.void], songs: Sequence[Fingerprint | None]
) -> NDArray[np.int64]:
    """Return the place of the sketch (n_sketches,) of each song, -1 where there is none."""
    places = np.full(len(songs), -1, np.int64)
    order = np.argsort(sketches["keys"].ravel(), kind="stable")
    order = order[sketches["keys"].ravel()[order] > 0]  # 0 fills up
    keys = sketches["keys"].ravel()[order]
    times = sketches["times"].ravel()[order].astype(np.int64)
    for at, song in enumerate(songs):
        if song is None or not len(keys):
            continue
        first, last = (np.searchsorted(keys, song.keys, side) for side in ("left", "right"))
        count = np.where(last - first > _COMMON, 0, last - first)
        hits = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        offset = times[hits] - np.repeat(song.times.astype(np.int64), count)
        for place, distance in _candidates(order[hits] // _KEPT, offset):
            if _difference(sketches[place], song, distance) <= MOST_DIFFERENT:
                places[at] = place
                break
    return places


def _candidates(owner: NDArray[np.int64], offset: NDArray[np.int64]) -> Iterator[tuple[int, float]]:
    """Yield sketches with the distance at which most frames agree, the most agreeing first."""
    bins = 2 * _REACH // _BIN
    code, place, count = np.unique(
        owner * bins + (offset + _REACH) // _BIN, return_inverse=True, return_counts=True
    )
    distance = np.bincount(place, offset, minlength=len(code)) / count
    joined = count.copy()
    beside = np.flatnonzero(np.diff(code) == 1)  # on the border of two bins: both count
    joined[beside] += count[beside + 1]
    for best in np.argsort(-joined, kind="stable")[:_TRIED]:
        if joined[best] >= _VOTES:
            yield int(code[best] // bins), float(distance[best])


def _difference(sketch: np.void, song: Fingerprint, offset: float) -> float:
    """Return the share of bits that differ where both have sound; 1 where hardly anything is."""
    best = 1.0
    start = np.rint(np.arange(_KEPT) * int(sketch["step"]) - offset / EVERY).astype(np.int64)
    for at in (start - 1, start, start + 1):
        both = (sketch["body"] != 0) & (at >= 0) & (at < len(song.body))
        both[both] = song.body[at[both]] != 0
        if both.sum() >= _LEAST:
            bits = np.bitwise_count(sketch["body"][both] ^ song.body[at[both]])
            best = min(best, float(bits.mean()) / 32)
    return best
