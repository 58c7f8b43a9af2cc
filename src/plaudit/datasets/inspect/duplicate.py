"""Near-duplicates: songs that are the same recording in another file.

The chosen frames of all songs (`plaudit.datasets.inspect.fingerprint`) are sorted by their bits, so
equal ones lie beside each other: no song is compared with every other. Two songs that share some at
one and the same distance in time become candidates. A candidate is a near-duplicate if, laid over
each other at that distance, at most `MOST_DIFFERENT` of their bits differ; of unrelated songs half
do.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import PlauditError
from plaudit.datasets.inspect.fingerprint import EVERY, HOP, RATE, Fingerprint, fingerprint
from plaudit.datasets.manifest.group import Objects, components

_VOTES = 3  # shared frames at one distance that make a candidate
_NEIGHBOURS = 24  # equal frames that are looked at on each side
MOST_DIFFERENT = 0.3  # share of bits
_LEAST_S = 2.5  # of sound that both have where they overlap
_BIN = 4  # hops of 11.6 ms that count as one distance
_ALONE = 16  # files that are not worth starting processes for
_REACH = 1 << 16  # hops; more than any song has


class Pair(NamedTuple):
    """Two near-duplicates: their places, the share of bits that differ, the second's start in s."""

    first: int
    second: int
    different: float
    offset_s: float


def near_duplicates(
    song_ids: Objects,
    paths: Sequence[Path | None],
    *,
    workers: int | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Objects:
    """Return the smallest id of the songs that sound alike, None where a song is like no other.

    ``song_ids``, ``paths`` (None where there is no audio) and the result are (n_songs,).
    ``on_progress`` gets lines of text, also about files that cannot be decoded. There is a process
    for each core unless ``workers`` says otherwise.
    """
    prints = fingerprints(paths, workers=workers, on_progress=on_progress)
    names = np.full(len(prints), None, dtype=object)
    pairs = find_pairs(prints)
    first = np.array([pair.first for pair in pairs], dtype=np.int64)
    second = np.array([pair.second for pair in pairs], dtype=np.int64)
    group = components(len(prints), first, second)
    alike = sorted({*first.tolist(), *second.tolist()})
    least: dict[int, str] = {}
    for place in alike:
        name = str(song_ids[place])
        least[group[place]] = min(name, least.get(group[place], name))
    for place in alike:
        names[place] = least[group[place]]
    return names


def find_pairs(prints: Sequence[Fingerprint | None]) -> list[Pair]:
    """Find all pairs of near-duplicates, ``first`` below ``second``, in order.

    A song without a fingerprint (None) is in no pair.
    """
    pairs = []
    for first, second, offset in _candidates(prints):
        a, b = prints[first], prints[second]
        if a is None or b is None:
            continue
        different = difference(a, b, offset)
        if different <= MOST_DIFFERENT:
            pairs.append(Pair(first, second, different, offset * HOP / RATE))
    return pairs


def difference(first: Fingerprint, second: Fingerprint, offset: int) -> float:
    """Return the share of bits that differ where two songs overlap, in 0-1.

    About 0.5 for unrelated songs; 1 if the overlap is too short. ``offset`` is where the second
    begins in the first, in hops of 11.6 ms, negative if it begins earlier.
    """
    best = 1.0
    shift = round(offset / EVERY)
    for start in (shift - 1, shift, shift + 1):  # the distance lies between two kept frames
        a = first.body[max(start, 0) :]
        b = second.body[max(-start, 0) :]
        n = min(len(a), len(b))
        both = (a[:n] != 0) & (b[:n] != 0)
        if both.sum() * EVERY * HOP / RATE >= _LEAST_S:
            bits = np.bitwise_count(a[:n][both] ^ b[:n][both])
            best = min(best, float(bits.mean()) / 32)
    return best


def _candidates(prints: Sequence[Fingerprint | None]) -> Iterator[tuple[int, int, int]]:
    """Yield pairs of songs with the distance in hops at which most of their frames agree."""
    known = [(at, song) for at, song in enumerate(prints) if song is not None and len(song.keys)]
    if not known:
        return
    keys = np.concatenate([song.keys for _, song in known])
    times = np.concatenate([song.times for _, song in known]).astype(np.int64)
    songs = np.repeat(
        np.array([at for at, _ in known], dtype=np.int64), [len(song.keys) for _, song in known]
    )
    order = np.lexsort((songs, keys))
    keys, times, songs = keys[order], times[order], songs[order]
    votes: list[NDArray[np.int64]] = []
    for apart in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero((keys[apart:] == keys[:-apart]) & (songs[apart:] != songs[:-apart]))
        if not len(same):
            continue
        a, b = songs[same], songs[same + apart]  # songs rise within equal keys
        distance = (times[same] - times[same + apart] + _REACH) // _BIN
        votes.append((a * len(prints) + b) * (2 * _REACH // _BIN) + distance)
    if not votes:
        return
    place, count = np.unique(np.concatenate(votes), return_counts=True)
    bins = 2 * _REACH // _BIN
    # A distance on the border of two bins votes for both: neighbours are counted together.
    joined = count.copy()
    beside = np.flatnonzero(np.diff(place) == 1)
    joined[beside] += count[beside + 1]
    strong = np.flatnonzero(joined >= _VOTES)
    strong = strong[np.lexsort((-joined[strong], place[strong] // bins))]
    pair = place[strong] // bins
    best = np.ones(len(pair), dtype=bool)
    best[1:] = pair[1:] != pair[:-1]
    for at in strong[best].tolist():
        both, gap = divmod(int(place[at]), bins)
        # The middle of a bin, or of two where the second has votes.
        middle = _BIN if joined[at] > count[at] else _BIN // 2
        yield both // len(prints), both % len(prints), gap * _BIN + middle - _REACH


def fingerprints(
    paths: Sequence[Path | None],
    *,
    workers: int | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[Fingerprint | None]:
    """Return the fingerprint of each file; None without one, or where it cannot be decoded.

    Other arguments are as in `near_duplicates`.
    """
    there = [path for path in paths if path is not None]
    results = _results(there, workers)
    prints: list[Fingerprint | None] = []
    done = 0
    for path in paths:
        if path is None:
            prints.append(None)
            continue
        result = next(results)
        done += 1
        if isinstance(result, str):
            on_progress(f"Not compared for near-duplicates: {result}")
        if done % 500 == 0 or done == len(there):
            on_progress(f"{done} of {len(there)} songs fingerprinted for near-duplicates")
        prints.append(None if isinstance(result, str) else result)
    return prints


def _results(paths: list[Path], workers: int | None) -> Iterator[Fingerprint | str]:
    if len(paths) <= _ALONE or workers == 1:
        yield from map(_try, paths)
        return
    from concurrent.futures import ProcessPoolExecutor

    from plaudit.core.pool import SPAWN, computing_threads, prepare_worker

    with (
        computing_threads(1),
        ProcessPoolExecutor(workers, mp_context=SPAWN, initializer=prepare_worker) as pool,
    ):
        yield from pool.map(_try, paths, chunksize=8)


def _try(path: Path) -> Fingerprint | str:
    try:
        return fingerprint(path)
    except PlauditError as error:
        return str(error)
