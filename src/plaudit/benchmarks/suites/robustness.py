"""Robustness: changes that must not move a score, such as level, codec, channels and start.

Each song is changed in ways that a listener does not hear, or does not mind, and scored again. The
move of a song is the largest absolute change of a score (of the aesthetic axes, where there are
any). A baseline is the median distance of two songs: moves of that size change the order of songs.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import gcd
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.contestant import Contestant, Scores, Sound
from plaudit.benchmarks.suites.damage import SECONDS, quality, write_songs
from plaudit.benchmarks.suites.dose import read_excerpt
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteFacts
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult, TaskMeasure, TaskPredictions
from plaudit.benchmarks.suites.runner import COPY, assemble, one_of_each
from plaudit.core.errors import InputError
from plaudit.core.note import error_note
from plaudit.metrics.correlation import spearman
from plaudit.metrics.interval import median_of
from plaudit.metrics.measurement import or_none

_Change = Callable[[Sound, int], tuple[Sound, int]]
_OFFSET_S = 1.0
_ORDER = "order of a comparison"


def _gain(decibel: float) -> _Change:
    factor = np.float32(10 ** (decibel / 20))
    return lambda sound, rate: (sound * factor, rate)


def _codec(variant: str, kbps: float) -> _Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        from plaudit.audio.damage.codec import code

        rng = np.random.default_rng(0)  # encoders draw nothing
        return code(sound, rate, rng, variant=variant, **{f"{variant}_kbps": kbps}), rate

    return change


def _resampled(rate_out: int) -> _Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        from scipy.signal import resample_poly

        common = gcd(rate, rate_out)
        out = resample_poly(sound, rate_out // common, rate // common, axis=1)
        return np.asarray(out, np.float32), rate_out

    return change


def _cut(later: bool) -> _Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        by = round(_OFFSET_S * rate)
        return (sound[:, by:] if later else sound[:, :-by]), rate

    return change


def _dithered(sound: Sound, rate: int) -> tuple[Sound, int]:
    """Round to 16 bits with triangular dither, as 24 bits are brought to a CD."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(-0.5, 0.5, (2, *sound.shape)).sum(axis=0)
    return np.asarray(np.round(sound * 2.0**15 + noise) / 2.0**15, np.float32), rate


def _later(milliseconds: float) -> _Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        return np.pad(sound, ((0, 0), (round(rate * milliseconds / 1000), 0))), rate

    return change


def _same(sound: Sound, rate: int) -> tuple[Sound, int]:
    return sound, rate


# By name: the reference copy, and the changed one.
_CHANGES: dict[str, tuple[_Change, _Change]] = {
    "gain -6 dB": (_same, _gain(-6)),
    "gain -12 dB": (_same, _gain(-12)),
    "codec mp3 128k": (_same, _codec("mp3", 128)),
    "codec aac 128k": (_same, _codec("aac", 128)),
    "codec opus 96k": (_same, _codec("opus", 96)),
    "resampled to 32 kHz": (_same, _resampled(32_000)),
    "resampled to 48 kHz": (_same, _resampled(48_000)),
    "channels swapped": (_same, lambda sound, rate: (sound[::-1].copy(), rate)),
    "constant of .05 added": (_same, lambda sound, rate: (sound + np.float32(0.05), rate)),
    "polarity inverted": (_same, lambda sound, rate: (-sound, rate)),
    "dithered to 16 bits": (_same, _dithered),
    "1 ms of silence in front": (_same, _later(1)),
    "start 1 s later": (_cut(False), _cut(True)),
}


def _listen(
    paths: Sequence[Path], contestant: Contestant, settings: RunSettings, losses: Losses
) -> SuiteResult:
    seconds = settings.seconds or SECONDS
    clean: dict[Path, Scores] = {}
    moves: dict[str, dict[Path, float]] = {name: {} for name in _CHANGES}
    changed: dict[str, dict[Path, Scores]] = {name: {} for name in _CHANGES}
    songs, copies, contamination = one_of_each(paths, contestant)
    for path in copies:
        losses.lose(COPY, str(path))
    for path in songs:
        try:
            sound, rate = read_excerpt(path, seconds)
            if sound.shape[1] <= 2 * _OFFSET_S * rate:
                raise InputError(f"{path} is shorter than {2 * _OFFSET_S:g} s.")
            own = quality(contestant.score_sounds([(sound, rate)])[0])
            for name, (before, after) in _CHANGES.items():
                first = own if before is _same else _quality(contestant, before(sound, rate))
                second = _quality(contestant, after(sound, rate))
                moves[name][path] = max(abs(first[axis] - second[axis]) for axis in first)
                changed[name][path] = second
            clean[path] = own
        except Exception as error:  # noqa: BLE001 - one song never ends a run
            losses.lose(error_note(error).message, str(path))
    if not clean:
        raise InputError(
            f"Expected at least one song to change, and none of {len(paths)} could be judged; the"
            f" first: {losses.dropped()[0].reason if losses.dropped() else 'there was none'}"
        )
    apart = _apart(list(clean.values()))
    measures: list[TaskMeasure] = []
    predictions: list[TaskPredictions] = []
    for name in _CHANGES:
        numbers, predicted = _measures(name, clean, moves[name], changed[name], apart, settings)
        measures += numbers
        predictions.append(predicted)
    measures.append(_order(list(clean), contestant, seconds))
    return assemble(
        SUITE, contestant.info, settings, losses, list(clean), measures, predictions,
        n_items=len(paths), n_predicted=len(clean),
    ).model_copy(update={"contamination": contamination})  # fmt: skip


def _quality(contestant: Contestant, sound: tuple[Sound, int]) -> Scores:
    return quality(contestant.score_sounds([sound])[0])


def _overall(scores: Scores) -> float:
    return float(np.mean(list(scores.values())))


def _apart(rows: list[Scores]) -> float | None:
    values = [_overall(row) for row in rows]
    gaps = [abs(a - b) for k, a in enumerate(values) for b in values[k + 1 :]]
    return float(np.median(gaps)) if gaps else None


def _measures(
    name: str, clean: dict[Path, Scores], moved: dict[Path, float],
    changed: dict[Path, Scores], apart: float | None, settings: RunSettings,
) -> tuple[list[TaskMeasure], TaskPredictions]:  # fmt: skip
    names = [path for path in clean if path in moved]
    moves = np.array([moved[path] for path in names])
    median = median_of(moves, confidence=settings.confidence)
    order = spearman(
        [_overall(changed[path]) for path in names], [_overall(clean[path]) for path in names]
    )
    n = len(names)
    baselines = {"constant": 0.0, "between two songs": apart}
    why = "fewer than 2 songs, or all scores are the same" if np.isnan(order) else None
    measures = [
        TaskMeasure(task=name, measure="median move", value=median.value, low=or_none(median.low),
                    high=or_none(median.high), n=n, units=n, reason=median.reason,
                    baselines=baselines),
        TaskMeasure(task=name, measure="largest move", value=float(moves.max()), n=n,
                    baselines=baselines),
        TaskMeasure(task=name, measure="SRCC with the songs as they are", value=or_none(order),
                    n=n, reason=why, baselines={"constant": None}),
    ]  # fmt: skip
    ids = tuple(path.name for path in names)
    return measures, TaskPredictions(
        task=name, kind="value", measures=("median move",), ids=ids, groups=ids,
        predicted=tuple(moves.tolist()),
    )  # fmt: skip


def _order(paths: list[Path], contestant: Contestant, seconds: float) -> TaskMeasure:
    """Score neighbours in one batch in both orders: the margins must add up to 0."""
    left = []
    for first, second in pairwise(paths):
        songs = [read_excerpt(first, seconds), read_excerpt(second, seconds)]
        a, b = (_overall(quality(row)) for row in contestant.score_sounds(songs))
        d, c = (_overall(quality(row)) for row in contestant.score_sounds(songs[::-1]))
        left.append(abs((a - b) + (d - c)))
    return TaskMeasure(
        task=_ORDER, measure="largest sum of both margins", value=max(left) if left else None,
        n=len(left), reason=None if left else "it takes two songs", baselines={"constant": 0.0},
    )  # fmt: skip


SUITE = Suite(
    SuiteFacts(
        name="robustness",
        title="Robustness",
        version="2",
        citation="Plaudit, docs/benchmarks.md",
        licence="that of the songs given; the suite itself is Apache-2.0",
        where="any songs",
        data="a folder of songs, or one song",
        protocol=(
            "On an excerpt of 30 s from the middle (--seconds): gain of -6 and -12 dB, MP3 and AAC"
            " at 128 and Opus at 96 kbit/s, resampling to 32 and 48 kHz, left and right swapped,"
            " a constant of .05 added, polarity inverted, dither to 16 bits, 1 ms of silence in"
            " front, and a start 1 s later (both cuts are 1 s shorter).",
            "median move and largest move: over songs, of the largest move of any aesthetic axis"
            " (of any score, where a judge has none), in points; 0 is best. Beside them, how far"
            " two songs lie apart (median).",
            "order of a comparison: neighbours in the list are scored in one batch in both orders;"
            " margin and margin must cancel out.",
        ),
    ),
    write_songs,
    listen=_listen,
)
