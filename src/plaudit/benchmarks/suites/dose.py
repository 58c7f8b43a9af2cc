"""Scores of damaged copies of songs, and of sounds that are not music.

Each of ten kinds of damage (`plaudit.audio.damage.kinds`) is applied to each song at five
strengths, in the same places at every strength, and a judge scores all fifty copies. The score is
the mean of the aesthetic axes.

Further sounds: copies with changes that must not matter (level, a usual codec), and what must score
below every song (silence, noise, a tone, babble). `plaudit.benchmarks.suites.damage_record` makes
measures of the scores.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.note import error_note

Sound = NDArray[np.float32]
Scorer = Callable[[Sound, int], dict[str, float]]  # samples and their rate in Hz to scores by axis
NOT_MUSIC = ("silence", "noise", "tone", "babble")
NOT_MUSIC_S, NOT_MUSIC_DRAWS = 20.0, 3
_MP3_KBPS = 128.0
HARMLESS = ("quieter", "louder", "mp3_128k")


class SongDoses(NamedTuple):
    """Scores of one song and its copies.

    ``clean``: by axis. ``mean``: of the aesthetic axes. ``damaged``: by kind, the mean at strengths
    1 to 5. ``max_change``: by harmless change, the largest absolute change of an axis, in points.
    """

    path: str
    clean: dict[str, float]
    mean: float
    damaged: dict[str, tuple[float, ...]]
    max_change: dict[str, float]


class DamageScores(NamedTuple):
    """Scores of all songs in order, failed files with messages, means of what is not music."""

    songs: list[SongDoses]
    failed: list[tuple[str, str]]
    not_music: dict[str, tuple[float, ...]]


def score_damaged(
    paths: Sequence[Path],
    judge: str | Scorer,
    *,
    seconds: float | None,
    seed: int,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> DamageScores:
    """Damage songs and score the copies; a judge by name in parallel, a function song by song.

    Files that cannot be scored are listed with the reason; no song at all is an `InputError`.

    Parameters
    ----------
    paths : sequence of Path
        Audio files.
    judge : str or callable
        Name, folder or hub id; or a function that scores samples.
    seconds : float, optional
        Length of the excerpt from the middle of each song; all of it when not given.
    seed : int
        Of the damage and of the sounds that are not music.
    workers : int, default 1
        Processes, for a judge by name; the result does not depend on their number.
    on_progress : callable, optional
        Called with songs done and songs in all.
    """
    from plaudit.core.pool import share_out

    work = partial(_dose_outcome, judge=judge, seconds=seconds, seed=seed)
    outcomes = (
        share_out(work, iter(paths), workers)
        if isinstance(judge, str)
        else ((path, work(path)) for path in paths)
    )
    songs: dict[Path, SongDoses] = {}
    failed: dict[Path, str] = {}
    for done, (path, outcome) in enumerate(outcomes, start=1):
        if isinstance(outcome, SongDoses):
            songs[path] = outcome
        elif isinstance(outcome, str):
            failed[path] = outcome
        else:
            raise outcome
        if on_progress is not None:
            on_progress(done, len(paths))
    if not songs:
        raise InputError(
            f"Expected at least one song to damage, and none of {len(paths)} could be judged; the"
            f" first: {next(iter(failed.values()), 'there was none')}"
        )
    return DamageScores(
        [songs[path] for path in paths if path in songs],
        [(str(path), failed[path]) for path in paths if path in failed],
        {kind: tuple(_not_music(judge, kind, seed)) for kind in NOT_MUSIC},
    )


def _dose_outcome(
    path: Path, judge: str | Scorer, seconds: float | None, seed: int
) -> SongDoses | str:
    """Return the scores of a song and its copies, or why there are none."""
    try:
        return _dose_song(path, judge, seconds, seed)
    except Exception as error:  # noqa: BLE001 - one song never ends a run
        return error_note(error).message


def _dose_song(path: Path, judge: str | Scorer, seconds: float | None, seed: int) -> SongDoses:
    """Score one song, its fifty damaged copies, and its harmlessly changed ones."""
    from plaudit.audio.damage.codec import code
    from plaudit.audio.damage.kinds import DAMAGES, STRENGTHS, damage

    sound, rate = read_excerpt(path, seconds)
    clean = _scores(judge, sound, rate)
    own = int.from_bytes(hashlib.sha256(sound.tobytes()).digest()[:8])
    damaged = {}
    for place, kind in enumerate(DAMAGES):
        means = []
        for strength in STRENGTHS:
            rng = np.random.default_rng([seed, own, place])
            broken = damage(sound, rate, kind, strength, rng)
            means.append(_mean(_scores(judge, broken, rate)))
        damaged[kind] = tuple(means)
    rng = np.random.default_rng([seed, own])
    # Twice as loud without clipping: from a quarter of the level to a half.
    half, quarter = sound * np.float32(0.5), sound * np.float32(0.25)
    coded = code(sound, rate, rng, variant="mp3", mp3_kbps=_MP3_KBPS)
    softer = _scores(judge, half, rate)
    changed = {
        "quieter": (clean, softer),
        "louder": (_scores(judge, quarter, rate), softer),
        "mp3_128k": (clean, _scores(judge, coded, rate)),
    }
    max_change = {
        name: max(abs(before[axis] - after[axis]) for axis in before)
        for name, (before, after) in changed.items()
    }
    return SongDoses(str(path), clean, _mean(clean), damaged, max_change)


def read_excerpt(path: Path, seconds: float | None) -> tuple[Sound, int]:
    """Read samples (n_channels, n_samples) of a song, and their rate in Hz.

    ``seconds`` is the length of an excerpt from its middle; None, or more than there is, reads all.
    """
    from plaudit.audio.decode import Decoder

    with Decoder(path) as decoder:
        blocks = list(decoder)
        rate = decoder.sample_rate
    sound = np.concatenate(blocks, axis=1)
    length = sound.shape[1] if seconds is None else min(round(seconds * rate), sound.shape[1])
    start = (sound.shape[1] - length) // 2
    return np.ascontiguousarray(sound[:, start : start + length], dtype=np.float32), rate


def aesthetic_axes(axes: Sequence[str], judge: str) -> list[str]:
    """Return the aesthetic axes among those of a judge; none is an `InputError`."""
    known = [axis for axis in axes if axis in AESTHETICS]
    if not known:
        raise InputError(
            f"Expected a judge with aesthetic axes, and '{judge}' scores {', '.join(axes)} only;"
            " choose another judge."
        )
    return known


@cache
def _scorer(judge: str) -> Scorer:
    """Return the judge of this process, loaded once."""
    import torch

    from plaudit.judging.load import load_judge

    torch.set_num_threads(1)
    opened = load_judge(judge)
    known = aesthetic_axes(opened.axes, judge)

    def score(sound: Sound, rate: int) -> dict[str, float]:
        row = opened.score(sound, rate)
        return {axis: row[axis].value for axis in known}

    return score


def _scores(judge: str | Scorer, sound: Sound, rate: int) -> dict[str, float]:
    return (_scorer(judge) if isinstance(judge, str) else judge)(sound, rate)


def _mean(scores: dict[str, float]) -> float:
    return float(np.mean(list(scores.values())))


def _not_music(judge: str | Scorer, kind: str, seed: int) -> Iterator[float]:
    """Yield the mean score of some draws of a sound; none after one that the judge refuses."""
    from plaudit.synth.sound.nonmusic import NONMUSIC, RATE

    for draw in range(NOT_MUSIC_DRAWS):
        rng = np.random.default_rng([seed, NOT_MUSIC.index(kind), draw])
        sound = NONMUSIC[kind](rng, NOT_MUSIC_S)[np.newaxis]
        try:
            yield _mean(_scores(judge, sound, RATE))
        except PlauditError:
            return
