"""A sketch: 482 bytes of a fingerprint, enough to know a recording again.

A judge keeps one of each song that taught it, so that a measured song is known again when it was
encoded anew, turned down or cut (`plaudit.datasets.inspect.fingerprint`). Of the chosen frames the
`KEPT` with the smallest hash are kept, and of the body as many frames at equal distances. A song
has a sketch's recording if at least `_VOTES` frames agree at one distance in time, and of the bits
there at most as many differ as between near-duplicates.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.datasets.inspect.duplicate import MOST_DIFFERENT
from plaudit.datasets.inspect.fingerprint import EVERY, Fingerprint, mixed

KEPT = 48
SKETCH = np.dtype(
    [("step", "<u2"), ("keys", "<u4", KEPT), ("times", "<u2", KEPT), ("body", "<u4", KEPT)]
)
_VOTES = 3  # agreeing frames of a candidate
_LEAST = 6  # frames of the body that both have
_BIN = 4  # hops that count as one distance
_REACH = 1 << 16  # hops; more than any song has
_COMMON = 1000  # songs with one frame, from which on it tells nothing
_TRIED = 20  # candidates of a song that are laid over it


def sketch_of(song: Fingerprint) -> NDArray[np.void]:
    """Return the sketch of a fingerprint, () of dtype `SKETCH`."""
    sketch = np.zeros((), SKETCH)
    chosen = np.argsort(mixed(song.keys), kind="stable")[:KEPT]
    step = max(1, -(-len(song.body) // KEPT))
    body = song.body[::step]
    sketch["step"] = step
    sketch["keys"][: len(chosen)], sketch["times"][: len(chosen)] = (
        song.keys[chosen],
        song.times[chosen],
    )
    sketch["body"][: len(body)] = body
    return sketch


def find_sketches(
    sketches: NDArray[np.void], songs: Sequence[Fingerprint | None]
) -> NDArray[np.int64]:
    """Return the place of the sketch (n_sketches,) of each song, -1 where there is none."""
    places = np.full(len(songs), -1, np.int64)
    keys = sketches["keys"].ravel()
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 1) :]  # 0 fills up
    keys, times = keys[order], sketches["times"].ravel()[order].astype(np.int64)
    owner = order // KEPT
    for at, song in enumerate(songs):
        if song is None or not len(keys):
            continue
        first, last = (np.searchsorted(keys, song.keys, side) for side in ("left", "right"))
        count = np.where(last - first > _COMMON, 0, last - first)
        hits = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        offset = times[hits] - np.repeat(song.times.astype(np.int64), count)
        for place, distance in _candidates(owner[hits], offset):
            if _difference(sketches[place], song, distance) <= MOST_DIFFERENT:
                places[at] = place
                break
    return places


def _candidates(owner: NDArray[np.int64], offset: NDArray[np.int64]) -> list[tuple[int, float]]:
    """Return sketches with the distance at which most frames agree, the most agreeing first."""
    bins = 2 * _REACH // _BIN
    code, place, count = np.unique(
        owner * bins + (offset + _REACH) // _BIN, return_inverse=True, return_counts=True
    )
    middle = np.bincount(place, offset) / np.maximum(count, 1) if len(code) else count
    joined = count.copy()
    beside = np.flatnonzero(np.diff(code) == 1)  # on the border of two bins: both count
    joined[beside] += count[beside + 1]
    strong = np.flatnonzero(joined >= _VOTES)
    best = strong[np.argsort(-joined[strong], kind="stable")][:_TRIED]
    return [(int(code[k] // bins), float(middle[k])) for k in best]


def _difference(sketch: NDArray[np.void], song: Fingerprint, offset: float) -> float:
    """Return the share of bits that differ where sketch and song overlap; 1 if hardly anywhere."""
    body, best = sketch["body"], 1.0
    start = np.rint(np.arange(KEPT) * int(sketch["step"]) - offset / EVERY).astype(np.int64)
    for shift in (-1, 0, 1):
        at = start + shift
        both = (body != 0) & (at >= 0) & (at < len(song.body))
        both[both] = song.body[at[both]] != 0
        if both.sum() >= _LEAST:
            bits = np.bitwise_count(body[both] ^ song.body[at[both]])
            best = min(best, float(bits.mean()) / 32)
    return best
