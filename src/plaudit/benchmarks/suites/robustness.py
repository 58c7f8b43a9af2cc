"""Robustness: what must not matter to a judge. Level, codec, sample rate, channels, start, order.

Each song is changed in ways that a listener does not hear, or does not mind, and scored again. The
move of a song is the largest move of any of its scores (of the aesthetic axes, where there are
any). Beside it stands how far two songs lie apart: a move of that size would reorder songs.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import gcd
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.contestant import Contestant, Scores, Sound
from plaudit.benchmarks.suites.damage import SECONDS, quality, write_songs
from plaudit.benchmarks.suites.damage_run import read_excerpt
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteFacts
from plaudit.benchmarks.suites.record import Measure, RunSettings, SuiteResult, TaskAnswers
from plaudit.benchmarks.suites.runner import assemble
from plaudit.core.errors import InputError, PlauditError
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import spearman

Change = Callable[[Sound, int], tuple[Sound, int]]
OFFSET_S = 1.0
ORDER = "order of a comparison"


def _gain(decibel: float) -> Change:
    factor = np.float32(10 ** (decibel / 20))
    return lambda sound, rate: (sound * factor, rate)


def _codec(variant: str, kbps: float) -> Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        from plaudit.audio.damage.codec import code

        rng = np.random.default_rng(0)  # encoders draw nothing
        return code(sound, rate, rng, variant=variant, **{f"{variant}_kbps": kbps}), rate

    return change


def _resampled(rate_out: int) -> Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        from scipy.signal import resample_poly

        common = gcd(rate, rate_out)
        out = resample_poly(sound, rate_out // common, rate // common, axis=1)
        return np.asarray(out, np.float32), rate_out

    return change


def _cut(later: bool) -> Change:
    def change(sound: Sound, rate: int) -> tuple[Sound, int]:
        by = round(OFFSET_S * rate)
        return (sound[:, by:] if later else sound[:, :-by]), rate

    return change


def _same(sound: Sound, rate: int) -> tuple[Sound, int]:
    return sound, rate


# By name: how the song is heard before, and after.
CHANGES: dict[str, tuple[Change, Change]] = {
    "gain -6 dB": (_same, _gain(-6)),
    "gain -12 dB": (_same, _gain(-12)),
    "codec mp3 128k": (_same, _codec("mp3", 128)),
    "codec aac 128k": (_same, _codec("aac", 128)),
    "codec opus 96k": (_same, _codec("opus", 96)),
    "resampled to 32 kHz": (_same, _resampled(32_000)),
    "resampled to 48 kHz": (_same, _resampled(48_000)),
    "channels swapped": (_same, lambda sound, rate: (sound[::-1].copy(), rate)),
    "start 1 s later": (_cut(False), _cut(True)),
}


def _listen(
    paths: Sequence[Path], contestant: Contestant, settings: RunSettings, losses: Losses
) -> SuiteResult:
    seconds = settings.seconds or SECONDS
    clean: dict[Path, Scores] = {}
    moved: dict[str, dict[Path, float]] = {name: {} for name in CHANGES}
    changed: dict[str, dict[Path, Scores]] = {name: {} for name in CHANGES}
    for path in paths:
        try:
            sound, rate = read_excerpt(path, seconds)
            if sound.shape[1] <= 2 * OFFSET_S * rate:
                raise InputError(f"{path} is shorter than {2 * OFFSET_S:g} s.")
            own = quality(contestant.hear([(sound, rate)])[0])
            for name, (before, after) in CHANGES.items():
                first = own if before is _same else _one(contestant, before(sound, rate))
                second = _one(contestant, after(sound, rate))
                moved[name][path] = max(abs(first[axis] - second[axis]) for axis in first)
                changed[name][path] = second
            clean[path] = own
        except (PlauditError, OSError) as error:
            losses.lose(" ".join(str(error).split()), str(path))
    if not clean:
        raise InputError(
            f"Expected at least one song to change, and none of {len(paths)} could be judged; the"
            f" first: {losses.dropped()[0].reason if losses.dropped() else 'there was none'}"
        )
    apart = _apart(list(clean.values()))
    measures: list[Measure] = []
    answers: list[TaskAnswers] = []
    for name in CHANGES:
        numbers, said = _measures(name, clean, moved[name], changed[name], apart, settings)
        measures += numbers
        answers.append(said)
    measures.append(_order(list(clean), contestant, seconds))
    return assemble(
        SUITE, contestant.info, settings, losses, list(clean), measures, answers,
        items=len(paths), answered=len(clean),
    )  # fmt: skip


def _one(contestant: Contestant, heard: tuple[Sound, int]) -> Scores:
    return quality(contestant.hear([heard])[0])


def _overall(scores: Scores) -> float:
    return float(np.mean(list(scores.values())))


def _apart(rows: list[Scores]) -> float | None:
    values = [_overall(row) for row in rows]
    gaps = [abs(a - b) for k, a in enumerate(values) for b in values[k + 1 :]]
    return float(np.median(gaps)) if gaps else None


def _median(values: object) -> float:
    return float(np.median(np.asarray(values)))


def _measures(
    name: str, clean: dict[Path, Scores], moved: dict[Path, float],
    changed: dict[Path, Scores], apart: float | None, settings: RunSettings,
) -> tuple[list[Measure], TaskAnswers]:  # fmt: skip
    names = [path for path in clean if path in moved]
    moves = np.array([moved[path] for path in names])
    rng = np.random.default_rng(settings.seed)
    found = bootstrap(_median, moves, rng=rng, draws=settings.draws, confidence=settings.confidence)
    order = spearman(
        [_overall(changed[path]) for path in names], [_overall(clean[path]) for path in names]
    )
    n = len(names)
    beside = {"constant": 0.0, "between two songs": apart}
    measures = [
        Measure(task=name, measure="median move", value=found.value, n=n, units=n, beside=beside,
                low=None if np.isnan(found.low) else found.low,
                high=None if np.isnan(found.high) else found.high),
        Measure(task=name, measure="largest move", value=float(moves.max()), n=n, beside=beside),
        Measure(task=name, measure="SRCC with the songs as they are", n=n,
                value=None if np.isnan(order) else order, beside={"constant": None},
                reason="fewer than 2 songs, or all scores are the same" if np.isnan(order)
                else None),
    ]  # fmt: skip
    ids = tuple(path.name for path in names)
    return measures, TaskAnswers(
        task=name, kind="value", measures=("median move",), ids=ids, groups=ids,
        said=tuple(moves.tolist()),
    )  # fmt: skip


def _order(paths: list[Path], contestant: Contestant, seconds: float) -> Measure:
    """Ask for neighbours in both orders: the margins must cancel out."""
    left = []
    for first, second in pairwise(paths):
        one, two = read_excerpt(first, seconds), read_excerpt(second, seconds)
        a, b = (_overall(quality(row)) for row in contestant.hear([one, two]))
        d, c = (_overall(quality(row)) for row in contestant.hear([two, one]))
        left.append(abs((a - b) + (d - c)))
    return Measure(
        task=ORDER, measure="largest sum of both margins", value=max(left) if left else None,
        n=len(left), reason=None if left else "it takes two songs", beside={"constant": 0.0},
    )  # fmt: skip


SUITE = Suite(
    SuiteFacts(
        name="robustness",
        title="Robustness",
        version="1",
        citation="Plaudit, docs/benchmarks.md",
        licence="that of the songs given; the suite itself is Apache-2.0",
        where="any songs",
        data="a folder of songs, or one song",
        protocol=(
            "On an excerpt of 30 s from the middle (--seconds): gain of -6 and -12 dB, MP3 and AAC"
            " at 128 and Opus at 96 kbit/s, resampling to 32 and 48 kHz, left and right swapped,"
            " and a start 1 s later (both cuts are 1 s shorter).",
            "median move and largest move: over songs, of the largest move of any aesthetic axis"
            " (of any score, where a judge has none), in points; 0 is best. Beside them, how far"
            " two songs lie apart (median).",
            "order of a comparison: neighbours in the list are asked in one batch in both orders;"
            " margin and margin must cancel out.",
        ),
    ),
    write_songs,
    listen=_listen,
)
